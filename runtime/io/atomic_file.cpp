#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>

namespace variad::internals {

atomic_file::atomic_file(std::string path) : path_(std::move(path)) {
  static std::atomic<unsigned> count{0};
  do {
    temporary_ =
        path_ + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1));
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail("cannot create");
}

atomic_file::~atomic_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void atomic_file::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void atomic_file::commit() {
  if (::fsync(descriptor_) != 0) fail("cannot sync");
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot close");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot rename to the final name");
  temporary_.clear();
  sync_folder();
}

void atomic_file::sync_folder() const {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void atomic_file::fail(const std::string& what) const {
  throw error("'" + path_ + "': " + what + ": " + std::strerror(errno));
}

}  // namespace variad::internals
