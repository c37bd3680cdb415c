/* assets.h - the page's parts, linked into the reporter by assets.S so that it needs no file
 * beside it. Bytes as the files have them, without a final zero. */
#ifndef TARE_ASSETS_H
#define TARE_ASSETS_H

extern const char asset_page_html_begin[], asset_page_html_end[];
extern const char asset_page_css_begin[], asset_page_css_end[];
extern const char asset_numbers_js_begin[], asset_numbers_js_end[];
extern const char asset_tables_js_begin[], asset_tables_js_end[];
extern const char asset_draw_js_begin[], asset_draw_js_end[];
extern const char asset_page_js_begin[], asset_page_js_end[];
extern const char asset_uplot_js_begin[], asset_uplot_js_end[];
extern const char asset_uplot_css_begin[], asset_uplot_css_end[];
extern const char asset_uplot_licence_begin[], asset_uplot_licence_end[];

#endif
