/* assets.S - templates/ and uPlot as read-only data, see assets.h. */
    .macro asset name, file
    .global asset_\name\()_begin, asset_\name\()_end
    .balign 16
asset_\name\()_begin:
    .incbin "\file"
asset_\name\()_end:
    .byte 0
    .endm

    .section .rodata, "a", %progbits
    asset page_html, "templates/page.html"
    asset page_css, "templates/page.css"
    asset numbers_js, "templates/numbers.js"
    asset tables_js, "templates/tables.js"
    asset draw_js, "templates/draw.js"
    asset page_js, "templates/page.js"
    asset uplot_js, "templates/node_modules/uplot/dist/uPlot.iife.min.js"
    asset uplot_css, "templates/node_modules/uplot/dist/uPlot.min.css"
    asset uplot_licence, "templates/node_modules/uplot/LICENSE"

    .section .note.GNU-stack, "", %progbits
