#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace variad::internals {

/// A file that appears complete or not at all: written under a temporary name in the same folder,
/// synced and renamed by `commit`. Without a commit (an exception, a crash) the old file stays; the
/// temporary file that a killed process left is removed by the next that writes the same file. A
/// symbolic link is followed and the permissions of the old file stay; what is no regular file is
/// not replaced. Every function throws `variad::error` naming the file and the system's reason.
class atomic_file {
 public:
  explicit atomic_file(std::string path);
  atomic_file(const atomic_file&) = delete;
  atomic_file& operator=(const atomic_file&) = delete;
  ~atomic_file();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Makes what was written the content of the file.
  void commit();

 private:
  void follow_links();
  /// Creates the temporary file, and holds a lock on it as long as it is open.
  void create(unsigned permissions);
  /// Removes temporary files of this path on which nobody holds a lock.
  void remove_left() const;
  /// Makes the new name last through a power failure, where the file system can.
  void sync_folder() const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;
  std::string target_;  // of the links
  std::string temporary_;
  int descriptor_ = -1;
};

}  // namespace variad::internals
