//! Files and directories through the standard library: makes a tree below the granted directory, walks it, moves and removes
//! parts of it, and says at each step what is there. What it leaves is for the host to look at.
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

/// Every file with its length and every directory, by name: the order in which a directory is read is the host's.
fn walk(directory: &Path, depth: usize) -> Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let metadata = entry.metadata()?;
        assert_eq!(metadata.is_dir(), entry.file_type()?.is_dir());
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        print!("{:indent$}{name}", "", indent = depth * 2);
        if metadata.is_dir() {
            println!("/");
            walk(&entry.path(), depth + 1)?;
        } else {
            println!(" {}", metadata.len());
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let root = Path::new("/data");
    println!("given:");
    walk(root, 1)?;

    fs::create_dir_all(root.join("tree/branch/twig"))?;
    fs::write(root.join("tree/leaf"), "green")?;
    for number in 0..150 {
        fs::write(root.join(format!("tree/branch/leaf-{number:03}")), vec![b'x'; number])?;
    }
    fs::write(root.join("tree/branch/twig/größe"), [0, 255, 10])?;
    println!("made: {} in branch", fs::read_dir(root.join("tree/branch"))?.count());

    let mut file = OpenOptions::new().append(true).open(root.join("tree/leaf"))?;
    file.write_all(b" and red")?;
    file.sync_all()?;
    drop(file);
    let mut file = File::open(root.join("tree/leaf"))?;
    file.seek(SeekFrom::End(-3))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    println!("appended: {}, its end {text}", fs::read_to_string(root.join("tree/leaf"))?);
    OpenOptions::new().write(true).open(root.join("tree/leaf"))?.set_len(5)?;

    fs::rename(root.join("tree/branch/twig"), root.join("tree/twig"))?;
    fs::rename(root.join("tree/leaf"), root.join("tree/branch/leaf-000"))?;
    fs::copy(root.join("given.txt"), root.join("tree/copy.txt"))?;
    for number in 3..150 {
        fs::remove_file(root.join(format!("tree/branch/leaf-{number:03}")))?;
    }
    println!("moved and removed:");
    walk(root, 1)?;

    for (what, error) in [
        ("a file that is not there", File::open(root.join("none")).err()),
        ("a directory that is there", fs::create_dir(root.join("tree")).err()),
        ("a directory that is not empty", fs::remove_dir(root.join("tree")).err()),
        ("a file as a directory", fs::read_dir(root.join("given.txt")).err()),
        ("a way out", File::open(root.join("../outside.txt")).err()),
        ("a link that leads out", File::open(root.join("link-out")).err()),
    ] {
        println!("{what}: {}", error.map_or("no error".to_string(), |error| error.to_string()));
    }
    fs::remove_dir_all(root.join("tree/twig"))?;
    Ok(())
}
