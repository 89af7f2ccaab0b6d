//! What the tests need of the machine: Chromium with its driver, and a Vulkan driver (a software
//! one is enough). What is missing is installed where we may, else the tests fail: a machine
//! without it would silently test half of Trefoil.

use crate::command::{command, run};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Debian's and Ubuntu's packages: program or file that shows that they are there, and the names.
const PACKAGES: &str = "chromium chromium-driver mesa-vulkan-drivers libvulkan1 fonts-dejavu-core";

/// The browser's driver.
///
/// # Errors
/// Where it is missing and cannot be installed.
pub fn chromedriver() -> Result<PathBuf> {
    let found = || match std::env::var_os("CHROMEDRIVER") {
        Some(path) => Some(PathBuf::from(path)),
        None => program("chromedriver"),
    };
    let browser = || {
        ["chromium", "chromium-browser", "google-chrome", "chrome"]
            .iter()
            .find_map(|name| program(name))
    };
    // Where the driver is set by hand, it knows its browser.
    if let Some(driver) = found()
        && (std::env::var_os("CHROMEDRIVER").is_some() || browser().is_some())
    {
        return Ok(driver);
    }
    install("Chromium and its driver")?;
    match found() {
        Some(driver) => Ok(driver),
        None => bail!("Chromium was installed, but there is no chromedriver on PATH"),
    }
}

/// A Vulkan driver, for the tests that compare the GPU with the CPU without a browser. Elsewhere
/// than on Linux the system has what wgpu uses.
///
/// # Errors
/// Where it is missing and cannot be installed.
pub fn vulkan() -> Result<()> {
    let has_driver = || {
        ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
            .iter()
            .any(|folder| {
                Path::new(folder).read_dir().is_ok_and(|mut files| files.next().is_some())
            })
    };
    let set = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if !cfg!(target_os = "linux") || set || has_driver() {
        return Ok(());
    }
    install("a Vulkan driver")
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name).with_extension(std::env::consts::EXE_EXTENSION))
        .find(|file| file.is_file())
}

fn install(what: &str) -> Result<()> {
    let by_hand = if cfg!(target_os = "macos") {
        "brew install --cask chromium chromedriver".to_owned()
    } else if program("apt-get").is_some() {
        format!("sudo apt-get update && sudo apt-get install -y --no-install-recommends {PACKAGES}")
    } else {
        "the package manager of your system: Chromium, its chromedriver, a Vulkan driver (Mesa's \
         lavapipe will do) and one font"
            .to_owned()
    };
    if program("apt-get").is_none() || !is_root() {
        bail!("{what} is missing, without which tests cannot run. Install with: {by_hand}");
    }
    println!("Installing {what} by apt-get: 1 to 3 minutes, about 400 MB.");
    let apt =
        |args: &[&str]| run(command("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["update", "--quiet"])?;
    let mut args = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    args.extend(PACKAGES.split(' '));
    apt(&args)
}

fn is_root() -> bool {
    command("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
