import Imaging
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct AtomicFileTests {
  @Test func writesAndReplacesAndLeavesNothingElse() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.bin"
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(try FileBytes.read(path) == [1, 2, 3])
    try AtomicFile.write([4], to: path)
    #expect(try FileBytes.read(path) == [4])
    #expect(folder.names == ["a.bin"])
  }

  @Test func anErrorInBetweenLeavesTheOldFile() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.bin"
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(throws: Stop.self) { try AtomicFile.write(to: path) { _ in throw Stop() } }
    #expect(try FileBytes.read(path) == [1, 2, 3])
    #expect(folder.names == ["a.bin"])
  }

  @Test func keepsSymbolicLinksAndPermissions() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder.path + "/real")
    #expect(chmod(folder.path + "/real", 0o640) == 0)
    #expect(symlink("real", folder.path + "/link") == 0)
    try AtomicFile.write([2], to: folder.path + "/link")
    #expect(try FileBytes.read(folder.path + "/real") == [2])
    #expect(folder.names == ["link", "real"])
    var status = stat()
    #expect(lstat(folder.path + "/link", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(folder.path + "/real", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o640)
  }

  @Test func makesMissingFolders() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/new/a.bin"
    try AtomicFile.write([1], to: path)
    #expect(try FileBytes.read(path) == [1])
    #expect(unlink(path) == 0)
    #expect(folder.names == ["new"])
  }

  @Test func reportsWhatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder.path + "/file")
    let inside = folder.path + "/file/a.bin"
    #expect(throws: FileError(inside, "cannot write: Not a directory")) {
      try AtomicFile.write([1], to: inside)
    }
    #expect(throws: FileError(folder.path, "cannot write: is a folder")) {
      try AtomicFile.write([1], to: folder.path)
    }
    #if os(Linux)
      #expect(throws: FileError("/dev/full", "cannot write: No space left on device")) {
        try AtomicFile.write([1], to: "/dev/full")
      }
      var status = stat()
      #expect(stat("/dev/full", &status) == 0)
      #expect(status.st_mode & S_IFMT == S_IFCHR)
    #endif
  }

  @Test func reportsWhatCannotBeRead() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError(folder.path, "is a folder")) { try FileBytes.read(folder.path) }
    let missing = folder.path + "/none"
    #expect(throws: FileError(missing, "cannot open: No such file or directory")) {
      try FileBytes.read(missing)
    }
    #expect(throws: FileError("/dev/null", "is not a regular file")) {
      try FileBytes.read("/dev/null")
    }
    try AtomicFile.write([], to: folder.path + "/empty")
    #expect(try FileBytes.read(folder.path + "/empty").isEmpty)
  }
}
