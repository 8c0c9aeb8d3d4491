// fuzzers READER [ARGUMENT OF libFuzzer …]: feeds one reader; `fuzzers --list` names them.
import Foundation

/// libFuzzer's own main loop, from libclang_rt.fuzzer_no_main (LLVM documentation, "libFuzzer", "Using libFuzzer as a
/// library").
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

nonisolated(unsafe) var chosen: Reader?

let name = CommandLine.arguments.dropFirst().first ?? "--list"
if name == "--list" {
  for reader in Reader.all { print(reader.name) }
  exit(0)
}
chosen = Reader.all.first { $0.name == name }
guard chosen != nil else {
  FileHandle.standardError.write(Data("fuzzers: no reader \(name); see --list\n".utf8))
  exit(2)
}
let words = ["fuzzers"] + CommandLine.arguments.dropFirst(2)
let arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
for (index, word) in words.enumerated() { arguments[index] = strdup(word) }
arguments[words.count] = nil
var count = Int32(words.count)
var list = arguments
exit(
  runDriver(&count, &list) { bytes, count in
    chosen?.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
