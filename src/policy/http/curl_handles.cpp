#include "curl_handles.hpp"

#include <cerrno>
#include <new>
#include <system_error>

#include <unistd.h>

namespace viltree::http {

namespace {

void set_up_once() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result == CURLE_FAILED_INIT) throw std::bad_alloc();  // which part of it failed, and why, is not told
  must(result);
}

}  // namespace

void out_of_memory() {
  const int spare = dup(STDERR_FILENO);
  if (spare < 0 && (errno == EMFILE || errno == ENFILE))
    throw std::system_error(errno, std::generic_category(), "connections to servers (see ulimit -n)");
  if (spare >= 0) close(spare);
  throw std::bad_alloc();
}

EasyHandle make_easy() {
  set_up_once();
  EasyHandle handle(curl_easy_init());
  if (!handle) throw std::bad_alloc();
  return handle;
}

MultiHandle make_multi() {
  set_up_once();
  MultiHandle handle(curl_multi_init());
  if (!handle) out_of_memory();
  return handle;
}

UrlHandle make_url() {
  set_up_once();
  UrlHandle handle(curl_url());
  if (!handle) throw std::bad_alloc();
  return handle;
}

std::string url_part(CURLU* url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  const CurlString owned(text);
  return text;
}

void append_header(HeaderList& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

}  // namespace viltree::http
