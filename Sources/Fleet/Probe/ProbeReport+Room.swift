/// Whether a node's image folder can take anything at all.
extension ProbeReport {
  /// - Throws: `read-only-file-system`, `disk-full` or `inodes-exhausted`. A daemon would report the last as "no space
  ///   left on device", after everything was sent.
  func hasRoom() throws(Failure) {
    let root = facts.imageRoot ?? "the image folder"
    if !isWritable {
      throw Failure(
        .readOnlyFileSystem, "\(root) cannot be written to",
        hint: "look at the node's disk (dmesg), remount it, then `gantry rerun`")
    }
    if facts.diskFreeBytes == 0 {
      throw Failure(
        .diskFull, "no room is left under \(root)", hint: "free room on the node, then `gantry rerun`")
    }
    if facts.inodesFree == 0 {
      throw Failure(
        .inodesExhausted, "no inode is left under \(root)",
        hint: "remove small files on the node (df -i), then `gantry rerun`")
    }
  }
}
