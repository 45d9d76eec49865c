import Imaging

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder in which this process alone works: until the object goes, or the process ends in any way.
final class FolderLock {
  private let descriptor: Int32

  /// Locks the folder, which is made where it is missing; throws where another process has it.
  init(_ path: String) throws {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FileError(path, cannot: "create the folder", errno: errno)
    }
    descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path, cannot: "write to", errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw errno == EWOULDBLOCK
        ? FileError(path, "is in use: the run is still going on in another process")
        : FileError(path, cannot: "lock", errno: errno)
    }
  }

  deinit { close(descriptor) }
}
