//! From what the user chose to an aligned data set: fetching, hashing, reading, file by file.

use crate::SessionError;
use crate::host::Host;
use std::ops::ControlFlow;
use std::sync::Arc;
use trefoil_data::{
    Aligned, CARD_FILE, Layout, TRUTH_FILE, check_digest, check_sizes, digest, generated,
    is_labels, parse_card,
};
use trefoil_protocol::{DataSource, FileRef, FileRole, Task};

/// Says what is being read, and asks whether to go on.
type Watch<'a> = dyn FnMut(Task) -> ControlFlow<()> + 'a;

/// Reads data; gives it back with the hashes of its files.
pub(crate) async fn read<H: Host>(
    host: &H,
    data: DataSource,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<(DataSource, Arc<Aligned>), SessionError> {
    match data {
        DataSource::Generated(generator) => {
            step(host, watch, "Generating the data", 0.0).await?;
            let aligned = generated(&generator, seed)?;
            Ok((DataSource::Generated(generator), Arc::new(aligned)))
        }
        DataSource::Shipped { name, modalities } => {
            let aligned = shipped(host, &name, modalities.as_deref(), watch).await?;
            Ok((DataSource::Shipped { name, modalities }, Arc::new(aligned)))
        }
        DataSource::Files { mut files, group, views } => {
            let named: Vec<(FileRole, String)> =
                files.iter().map(|f| (f.role, f.name.clone())).collect();
            let sizes =
                files.iter().filter_map(|f| Some((f.name.as_str(), host.file_size(&f.name)?)));
            check_sizes(sizes)?;
            let layout = Layout::of_files(&named, group.clone())?.with_views(views.clone());
            let path = |name: &str| name.to_owned();
            let aligned = own(host, layout, &mut files, &path, watch).await?;
            Ok((DataSource::Files { files, group, views }, Arc::new(aligned)))
        }
        DataSource::Folder { path, mut files, labels, group, views } => {
            let wanted = (group.clone(), views.clone());
            let other = labels.as_deref();
            let aligned = folder(host, &path, &mut files, other, wanted, watch).await?;
            Ok((DataSource::Folder { path, files, labels, group, views }, Arc::new(aligned)))
        }
    }
}

/// Reads the tables of a folder, with its card and with labels that may lie elsewhere; fills in
/// `files`, and checks the hashes of those that it held.
async fn folder<H: Host>(
    host: &H,
    path: &str,
    files: &mut Vec<FileRef>,
    labels: Option<&str>,
    (group, views): (Option<String>, Option<String>),
    watch: &mut Watch<'_>,
) -> Result<Aligned, SessionError> {
    let inside = |name: &str| format!("{}/{name}", path.trim_end_matches('/'));
    let mut names = host.folder(path).map_err(|reason| failed(path, reason))?;
    // A table of the folder that is given as the labels is not a modality as well.
    names.retain(|name| labels != Some(inside(name).as_str()));
    let known = std::mem::take(files);
    let card = if names.iter().any(|n| n == CARD_FILE) {
        let bytes = fetch(host, &inside(CARD_FILE), CARD_FILE).await?;
        let mut file = file_ref(CARD_FILE, None, &known);
        hash(&mut file, &bytes)?;
        files.push(file);
        Some(parse_card(CARD_FILE, &bytes)?)
    } else if known.iter().any(|file| file.role == FileRole::Card) {
        return Err(failed(CARD_FILE, "it was there when the run was written".to_owned()));
    } else {
        None
    };
    let tables = files.len();
    // Those that are given stand in for those of the card.
    let card = card.map(|mut card| {
        card.labels_file = card.labels_file.filter(|_| labels.is_none());
        card
    });
    // Labels that are not the folder's own lie where their path says, and are called by it;
    // a table of the folder may have the same name.
    let other = labels.map(|labels| {
        let inside = names.iter().any(|name| name == labels);
        if inside { format!("./{labels}") } else { labels.to_owned() }
    });
    let layout = Layout::of_directory(&names, card, None)?
        .with_labels(other.clone())
        .with_group(group)
        .with_views(views);
    let at = |name: &str| match &other {
        Some(labels) if labels == name => name.to_owned(),
        _ => inside(name),
    };
    let needed: Vec<String> = layout.files().map(str::to_owned).collect();
    check_sizes(needed.iter().filter_map(|n| Some((n.as_str(), host.file_size(&at(n))?))))?;
    files.extend(needed.iter().map(|n| file_ref(n, other.as_ref(), &known)));
    own(host, layout, &mut files[tables..], &at, watch).await
}

/// A file of a folder, with the hash that it had when the run was written down.
fn file_ref(name: &str, labels: Option<&String>, known: &[FileRef]) -> FileRef {
    let role = match name {
        name if labels.is_some_and(|labels| labels == name) => FileRole::Labels,
        CARD_FILE => FileRole::Card,
        TRUTH_FILE => FileRole::Truth,
        name if is_labels(name) => FileRole::Labels,
        _ => FileRole::Modality,
    };
    let sha256 = known.iter().find(|f| f.name == name).map(|f| f.sha256.clone());
    FileRef { role, name: name.to_owned(), sha256: sha256.unwrap_or_default() }
}

async fn shipped<H: Host>(
    host: &H,
    set: &str,
    modalities: Option<&[String]>,
    watch: &mut Watch<'_>,
) -> Result<Aligned, SessionError> {
    step(host, watch, &format!("Fetching {set}"), 0.0).await?;
    let path = format!("{set}/{CARD_FILE}");
    let bytes = host.asset(&path).await.map_err(|reason| failed(&path, reason))?;
    let layout = Layout::of_card(parse_card(&path, &bytes)?, modalities)?;
    let files: Vec<String> = layout.files().map(str::to_owned).collect();
    let mut reading = layout.reading();
    for (i, file) in files.iter().enumerate() {
        let done = i as f32 / files.len() as f32;
        step(host, watch, &format!("Reading {file}"), done).await?;
        let path = format!("{set}/{file}");
        let bytes = host.asset(&path).await.map_err(|reason| failed(&path, reason))?;
        reading.add(file, &bytes)?;
    }
    step(host, watch, "Aligning the rows", 1.0).await?;
    Ok(reading.finish()?)
}

/// Reads the user's files; fills in their hashes, and checks those that are known.
async fn own<H: Host>(
    host: &H,
    layout: Layout,
    files: &mut [FileRef],
    path: &dyn Fn(&str) -> String,
    watch: &mut Watch<'_>,
) -> Result<Aligned, SessionError> {
    let mut reading = layout.reading();
    let count = files.len() as f32;
    for (i, file) in files.iter_mut().enumerate() {
        step(host, watch, &format!("Reading {}", file.name), i as f32 / count).await?;
        let bytes = fetch(host, &path(&file.name), &file.name).await?;
        hash(file, &bytes)?;
        reading.add(&file.name, &bytes)?;
    }
    step(host, watch, "Aligning the rows", 1.0).await?;
    Ok(reading.finish()?)
}

/// Fills in the hash of a file, or checks it where it is known.
fn hash(file: &mut FileRef, bytes: &[u8]) -> Result<(), SessionError> {
    if file.sha256.is_empty() {
        file.sha256 = digest(bytes);
    } else {
        check_digest(&file.name, bytes, &file.sha256)?;
    }
    Ok(())
}

async fn fetch<H: Host>(host: &H, path: &str, name: &str) -> Result<Vec<u8>, SessionError> {
    host.file(path).await.map_err(|reason| failed(name, reason))
}

fn failed(name: &str, reason: String) -> SessionError {
    SessionError::Fetch { name: name.to_owned(), reason }
}

async fn step<H: Host>(
    host: &H,
    watch: &mut Watch<'_>,
    name: &str,
    done: f32,
) -> Result<(), SessionError> {
    host.breathe().await;
    match watch(Task { name: name.to_owned(), done, seconds_left: None }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(SessionError::Cancelled),
    }
}
