//! stub
use super::summary::Forecast;
/// The forecast as JSON.
#[must_use]
pub fn to_json(_forecast: &Forecast) -> String {
    String::new()
}
