#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>

namespace variad::internals {
namespace {

constexpr const char* temporary_end = ".tmp-";

std::filesystem::path folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Whether it ends the name of a temporary file: the process and a count.
bool ends_our_name(std::string_view text) {
  const auto digits = [](std::string_view t) {
    return !t.empty() && t.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t dash = std::min(text.find('-'), text.size());
  return digits(text.substr(0, dash)) && digits(text.substr(std::min(dash + 1, text.size())));
}

bool is_linked(int descriptor) {
  struct stat found {};
  return ::fstat(descriptor, &found) == 0 && found.st_nlink > 0;
}

}  // namespace

atomic_file::atomic_file(std::string path) : path_(std::move(path)), target_(path_) {
  follow_links();
  struct stat old {};
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode))
    throw error("'" + path_ +
                "': cannot replace what is no regular file, expected the name of one");
  remove_left();
  create(exists ? old.st_mode & 0777 : 0666);
  // What the umask took of them; a file system without permissions has none to keep.
  if (exists) ::fchmod(descriptor_, old.st_mode & 07777);
}

atomic_file::~atomic_file() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
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
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot rename to the final name");
  temporary_.clear();
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot close");
  sync_folder();
}

void atomic_file::follow_links() {
  constexpr int most = 40;  // as Linux has it
  std::error_code problem;
  for (int i = 0; std::filesystem::is_symlink(target_, problem); ++i) {
    const std::filesystem::path to = std::filesystem::read_symlink(target_, problem);
    if (problem || i == most) {
      errno = problem ? problem.value() : ELOOP;
      fail("cannot follow the link");
    }
    target_ = (folder_of(target_) / to).string();
  }
}

void atomic_file::create(unsigned permissions) {
  static std::atomic<unsigned> count{0};
  for (;;) {
    temporary_ = target_ + temporary_end + std::to_string(::getpid()) + "-" +
                 std::to_string(count.fetch_add(1));
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
    if (descriptor_ < 0 && errno == EEXIST) continue;
    if (descriptor_ < 0) {
      const int cause = errno;
      temporary_.clear();  // it is not ours
      errno = cause;
      fail("cannot create");
    }
    // Another process may have taken it for left before it was locked.
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 ? is_linked(descriptor_)
                                                     : errno != EWOULDBLOCK)
      return;
    ::unlink(temporary_.c_str());
    ::close(std::exchange(descriptor_, -1));
  }
}

void atomic_file::remove_left() const {
  const std::string begin = std::filesystem::path(target_).filename().string() + temporary_end;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder_of(target_), problem);
  for (; !problem && entry != end(entry); entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(begin) || !ends_our_name(std::string_view(name).substr(begin.size())))
      continue;
    const int left = ::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (left < 0) continue;
    if (::flock(left, LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
    ::close(left);
  }
}

void atomic_file::sync_folder() const {
  const int descriptor = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void atomic_file::fail(const std::string& what) const {
  throw error("'" + path_ + "': " + what + ": " + std::strerror(errno));
}

}  // namespace variad::internals
