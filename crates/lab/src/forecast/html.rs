//! stub
use super::summary::Forecast;
/// The forecast as a page.
#[must_use]
pub fn render_html(_forecast: &Forecast) -> String {
    String::new()
}
