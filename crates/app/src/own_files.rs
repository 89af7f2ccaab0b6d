//! The user's own files. The page holds references and never reads them: the worker does.

use leptos::prelude::*;
use trefoil_protocol::js::Upload;
use trefoil_protocol::{DataSource, FileRef, FileRole};
use web_sys::File;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnFile {
    /// What it is used for.
    pub(crate) role: FileRole,
    /// Its name; no two have the same.
    pub(crate) name: String,
    /// SHA-256 of its bytes where it is known: from a link, or because it was read.
    pub(crate) sha256: String,
    /// Whether the hash is of a file that was read, not what a link asks for.
    pub(crate) read: bool,
    /// None while a link names it and the user has not chosen it yet.
    pub(crate) file: Option<File>,
}

/// All of them, in the order in which modalities are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnFiles {
    /// The list.
    pub(crate) list: RwSignal<Vec<OwnFile>, LocalStorage>,
    /// Column of the labels whose groups stay in one split.
    pub(crate) group: RwSignal<Option<String>>,
    /// Column of the labels whose rows of one value are views of one thing.
    pub(crate) views: RwSignal<Option<String>>,
}

impl OwnFiles {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            list: RwSignal::new_local(Vec::new()),
            group: RwSignal::new(None),
            views: RwSignal::new(None),
        }
    }

    /// Adds files. One that has the name of another takes its place, and what a link says of it.
    pub(crate) fn add(self, files: Vec<File>) {
        self.list.update(|list| {
            for file in files {
                let name = file.name();
                if let Some(own) = list.iter_mut().find(|own| own.name == name) {
                    if own.read {
                        own.sha256.clear();
                        own.read = false;
                    }
                    own.file = Some(file);
                } else {
                    let role = role_by_name(&name);
                    let sha256 = String::new();
                    list.push(OwnFile { role, name, sha256, read: false, file: Some(file) });
                }
            }
        });
    }

    /// Lists what a link names, or what was read, with the columns of groups and of views; files
    /// that are at hand stay so.
    pub(crate) fn expect(self, refs: &[FileRef], columns: [Option<&str>; 2], read: bool) {
        self.list.update(|list| {
            let mut held = std::mem::take(list);
            *list = refs
                .iter()
                .map(|known| {
                    let at = held.iter().position(|own| own.name == known.name);
                    let held = at.map(|at| held.swap_remove(at));
                    let FileRef { role, name, sha256 } = known.clone();
                    let before = held.as_ref().is_some_and(|own| own.read && own.sha256 == sha256);
                    let file = held.and_then(|own| own.file);
                    OwnFile { role, name, sha256, read: read || before, file }
                })
                .collect();
        });
        for (signal, column) in [self.group, self.views].into_iter().zip(columns) {
            signal.set(column.map(str::to_owned));
        }
    }

    /// Takes one out.
    pub(crate) fn remove(self, name: &str) {
        self.list.update(|list| list.retain(|own| own.name != name));
        self.follow_labels();
    }

    /// Uses one for something else. There is one file of labels: the one before becomes a
    /// modality again.
    pub(crate) fn set_role(self, name: &str, role: FileRole) {
        self.list.update(|list| {
            for own in list {
                if own.name == name {
                    own.role = role;
                } else if role == FileRole::Labels && own.role == FileRole::Labels {
                    own.role = FileRole::Modality;
                }
            }
        });
        self.follow_labels();
    }

    /// Groups and views are columns of the labels, and go with them.
    fn follow_labels(self) {
        let labels =
            self.list.with_untracked(|list| list.iter().any(|own| own.role == FileRole::Labels));
        if !labels {
            self.group.set(None);
            self.views.set(None);
        }
    }

    /// Takes the files as they are now, whatever a link says of their content.
    pub(crate) fn forget_hashes(self) {
        self.list.update(|list| list.iter_mut().for_each(|own| own.sha256.clear()));
    }

    /// Whether every file was read as it is.
    pub(crate) fn all_read(self) -> bool {
        self.list.with_untracked(|list| list.iter().all(|own| own.read))
    }

    /// Whether the content of this file is checked against a link, and was not yet found to be
    /// the same.
    pub(crate) fn checked(self, name: &str) -> bool {
        let waits = |own: &OwnFile| own.name == name && !own.read && !own.sha256.is_empty();
        self.list.with_untracked(|list| list.iter().any(waits))
    }

    /// Whether a link names files that were not chosen yet.
    pub(crate) fn incomplete(self) -> bool {
        self.list.with(|list| list.iter().any(|own| own.file.is_none()))
    }

    /// How many modalities there are, taking each file as one.
    pub(crate) fn modalities(self) -> usize {
        self.list.with(|list| list.iter().filter(|own| own.role == FileRole::Modality).count())
    }

    fn refs(self) -> Vec<FileRef> {
        self.list.with(|list| {
            list.iter()
                .map(|own| FileRef {
                    role: own.role,
                    name: own.name.clone(),
                    sha256: own.sha256.clone(),
                })
                .collect()
        })
    }

    /// Something of one file, if it is listed. Reactive.
    pub(crate) fn find<T>(self, name: &str, what: impl Fn(&OwnFile) -> T) -> Option<T> {
        self.list.with(|list| list.iter().find(|own| own.name == name).map(what))
    }

    /// The list as data to read. Reactive.
    pub(crate) fn source(self) -> DataSource {
        DataSource::Files { files: self.refs(), group: self.group.get(), views: self.views.get() }
    }

    /// What goes with a command; none where one is missing.
    pub(crate) fn uploads(self, refs: &[FileRef]) -> Option<Vec<Upload>> {
        self.list.with_untracked(|list| {
            refs.iter()
                .map(|known| {
                    let own = list.iter().find(|own| own.name == known.name)?;
                    let file = own.file.clone()?.into();
                    Some(Upload { role: known.role, name: known.name.clone(), file })
                })
                .collect()
        })
    }
}

/// Whether both name the same data as far as the page can tell: it does not know the hashes of
/// files before they are read.
pub(crate) fn same_data(one: &DataSource, other: &DataSource) -> bool {
    match (one, other) {
        (
            DataSource::Files { files: one, group: one_group, views: one_views },
            DataSource::Files { files: other, group: other_group, views: other_views },
        ) => {
            let named = |file: &FileRef| (file.role, file.name.clone());
            (one_group, one_views) == (other_group, other_views)
                && one.iter().map(named).eq(other.iter().map(named))
        }
        _ => one == other,
    }
}

/// `labels.csv`, `Labels.tsv.gz` and the like are labels.
fn role_by_name(name: &str) -> FileRole {
    let stem = name.split('.').next().unwrap_or_default();
    if stem.eq_ignore_ascii_case("labels") { FileRole::Labels } else { FileRole::Modality }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_by_their_name() {
        assert_eq!(role_by_name("labels.csv"), FileRole::Labels);
        assert_eq!(role_by_name("Labels.tsv.gz"), FileRole::Labels);
        assert_eq!(role_by_name("labels_old.csv"), FileRole::Modality);
    }

    #[test]
    fn files_are_the_same_by_role_name_and_group_whatever_their_hash() {
        let file = |role, name: &str, sha256: &str| FileRef {
            role,
            name: name.to_owned(),
            sha256: sha256.to_owned(),
        };
        let source = |files: &[FileRef], group: Option<&str>| DataSource::Files {
            files: files.to_vec(),
            group: group.map(str::to_owned),
            views: None,
        };
        let (a, b) = (FileRole::Modality, FileRole::Labels);
        let sent = [file(a, "a.csv", ""), file(a, "b.csv", "")];
        let read = [file(a, "a.csv", "0a"), file(a, "b.csv", "0b")];
        assert!(same_data(&source(&sent, None), &source(&read, None)));
        assert!(!same_data(&source(&sent, Some("person")), &source(&read, None)));
        assert!(!same_data(&source(&sent[..1], None), &source(&read, None)));
        let more = [file(a, "a.csv", ""), file(a, "b.csv", ""), file(b, "labels.csv", "")];
        assert!(!same_data(&source(&more, None), &source(&read, None)));
        let other_use = [file(a, "a.csv", "0a"), file(b, "b.csv", "0b")];
        assert!(!same_data(&source(&sent, None), &source(&other_use, None)));
        let shipped = |name: &str| DataSource::Shipped { name: name.to_owned(), modalities: None };
        assert!(!same_data(&shipped("emoji"), &source(&read, None)));
        assert!(same_data(&shipped("emoji"), &shipped("emoji")));
        assert!(!same_data(&shipped("emoji"), &shipped("digits")));
    }
}
