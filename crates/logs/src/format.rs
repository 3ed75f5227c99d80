//! What every format gives: a declaration, how surely it recognises an input, and a reader.

use crate::beginning::{Beginning, Sureness};
use crate::declaration::Declaration;
use crate::error::LogError;
use crate::input::Lines;
use crate::rows::Rows;

/// One format of logs.
pub(crate) trait Format: Sync {
    /// What is known of it without a file.
    fn declaration(&self) -> &'static Declaration;

    /// How surely this input has the format; `None` if it has not.
    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness>;

    /// Its name, with what differs between inputs.
    fn name(&self, _beginning: &Beginning<'_>) -> String {
        self.declaration().name.to_owned()
    }

    /// Reads one input into rows.
    ///
    /// # Errors
    /// Those of the input. What cannot be read is counted in `rows`.
    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError>;
}
