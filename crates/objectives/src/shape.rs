/// What an objective needs to know of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// 2 to 8 modalities.
    pub modalities: Vec<ModalityShape>,
    /// Rows of a training batch.
    pub batch: u32,
}

/// One modality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModalityShape {
    /// Its name.
    pub name: String,
    /// Encoder inputs.
    pub inputs: u32,
    /// The input that is 1 where a row lacks the modality; none where every row has it.
    pub absent_input: Option<u32>,
}

impl Shape {
    /// How many modalities.
    pub fn count(&self) -> u32 {
        self.modalities.len() as u32
    }

    /// Whether every row has every modality.
    pub fn is_complete(&self) -> bool {
        self.modalities.iter().all(|m| m.absent_input.is_none())
    }

    /// Name of a modality.
    pub fn name(&self, modality: usize) -> &str {
        &self.modalities[modality].name
    }
}
