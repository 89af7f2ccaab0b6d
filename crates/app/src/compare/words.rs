//! Explanations of the terms in the pictures, each in one or two sentences.

/// What the section shows before there is anything to show.
pub(super) const PICTURES: &[(&str, &str)] = &[
    (
        "Loss",
        "What each objective makes small, step by step, on training and on validation rows, with the spread over seeds.",
    ),
    (
        "Sharing map",
        "What each representation contains, and from which modalities each part of it can be read.",
    ),
    (
        "How much is shared",
        "The share of each modality that is common to all, common to some, its own, or left out.",
    ),
    ("Needs both", "What can be read only from two modalities together, and from neither alone."),
    (
        "Embedding",
        "Held-out rows as points, coloured by a label. Rows that you select in one column light up in all.",
    ),
    (
        "Probes",
        "How well each label can be read from each representation, beside chance and the raw features.",
    ),
    (
        "What each block tells",
        "Each label from each block of an objective: what is told where it should not be, and how many bits need several modalities.",
    ),
    (
        "Needed blocks",
        "Which of HCL\u{2019}s blocks a label needs, by a regression that leaves out as many as it can.",
    ),
    ("Retrieval", "How often the right row of one modality is found, given the others."),
];

pub(super) const LOSS: &str = "The number that training makes small. Different objectives count in different units: compare a curve with its own chance line, not with its neighbour.";
pub(super) const CHANCE_LOSS: &str = "The loss of an embedding that tells nothing about the data. A curve has to fall well below it.";
pub(super) const LOGIT_SCALE: &str = "Similarities are multiplied by it before the softmax; it is one over the temperature, and is learned. If it runs to its limit, the objective finds the task easy.";
pub(super) const GRADIENT_NORM: &str = "Length of the gradient of all weights. Spikes mean unsteady training; a lower learning rate helps.";
pub(super) const MAP: &str = "A component is a direction of the representation. A cell says how much of it can be read from that modality alone: held-out R\u{b2}, in percent. Cells below what shuffled rows reach are empty. A component is defined up to its sign, and sharing here is linear in the embedding.";
pub(super) const SHARES: &str = "Held-out R\u{b2} of a modality's own features from the components: how much of the modality is in the representation, and with whom it is shared. What is left of 100 % is not in the representation.";
pub(super) const NEEDS_BOTH: &str = "Held-out R\u{b2} that products of two other modalities add to what they tell one by one. An exclusive or shows here and nowhere else. Only products are tried, not every way to combine.";
pub(super) const EMBEDDING: &str = "The first two principal components (PCA) of the joint embedding of the first seed. Distances are true within this plane, and the axes say how much of the variance the plane holds. Axes of different columns have nothing in common.";
pub(super) const PROBES: &str = "A small model, linear or with one hidden layer, is fitted on the embedding of the training rows and tested on held-out rows: what a label's value is, can it be read off?";
pub(super) const METRIC: &str = "Balanced accuracy is the mean over classes of the share that is right. AUROC is the chance that a row of one class is ranked above a row of the other. Labels that are numbers are measured by R\u{b2}.";
pub(super) const LEAKAGE: &str = "Each cell is a small model that reads the label of a row from one block alone, tested on rows that it was not fitted on: a linear one above, one with a hidden layer below. Classes by balanced accuracy, numbers by R\u{b2}, in percent. Blocks whose cosines are small can still tell the same thing.";
pub(super) const BITS: &str = "How many bits of a class the probe tells, on test rows: 0 is no more than the shares of the classes, and below 0 is worse. \u{201c}Needs several\u{201d} is everything less the best single modality (chosen on validation rows): a difference of two estimates, which can be negative. The words redundant, unique and synergistic are kept for the decomposition of the data, below.";
pub(super) const ANGLES: &str = "Heads are what the loss sees. Two random directions have a mean |cosine| of \u{221a}(2/(\u{3c0}d)) in d dimensions: a pair is held apart as far as its dot lies left of that line. Held apart is not the same as telling different things: the matrix above shows that.";
pub(super) const NEEDED: &str = "The label is predicted by a straight line from all blocks, and a group lasso drops the blocks that it can do without; the size of its penalty is our rule, at which one label in forty that has nothing to do with the data keeps a block. Bars are the size of a block\u{2019}s coefficients after least squares on the blocks that are left. What depends on a block in a bent way is not seen. Of a class it is one class against the others, as 0 and 1.";
pub(super) const DECOMPOSITION: &str = "Of the data, before any model. Each modality is cut to one variable, its first principal component in four equal parts, so these numbers are of that, not of all it holds; the last column says how much of each modality's variance it is. Counting few rows finds synergy in noise: compare with the shuffled labels.";
pub(super) const BEYOND: &str = "Total correlation is what all modalities share together, counted once. Each number is ln N less the best validation loss, with N rows to choose among: it is too low where a model has not learned all there is, and never above ln N. Pairs are added along the best tree, so that what two pairs both show is not counted twice.";
pub(super) const RETRIEVAL: &str = "The query is made of the given modalities of a row; candidates are the distinct rows of the target. Without training on the task: zero-shot. The column of the raw features is ridge CCA.";
pub(super) const POOL: &str = "The right candidate among 100 drawn ones, 1000 fixed draws: comparable between data sets of different size. Beside it the same with ridge CCA (canonical correlation analysis) on the raw features.";
pub(super) const RECOVERY: &str = "These data were generated from known factors. A cell says how well a factor can be read from a block: held-out R\u{b2}, in percent.";
