#pragma once

#include <viltree/core/check.hpp>

#include <memory>
#include <new>
#include <string>

#include <curl/curl.h>

namespace viltree::http {

struct CurlDeleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct CurlMultiDeleter {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct CurlListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct CurlUrlDeleter {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct CurlStringDeleter {
  void operator()(char* text) const noexcept { curl_free(text); }
};

using EasyHandle = std::unique_ptr<CURL, CurlDeleter>;
using MultiHandle = std::unique_ptr<CURLM, CurlMultiDeleter>;
using HeaderList = std::unique_ptr<curl_slist, CurlListDeleter>;
using UrlHandle = std::unique_ptr<CURLU, CurlUrlDeleter>;
using CurlString = std::unique_ptr<char, CurlStringDeleter>;

/// Each sets libcurl up on first use; std::bad_alloc where there is no memory.
[[nodiscard]] EasyHandle make_easy();
[[nodiscard]] MultiHandle make_multi();
[[nodiscard]] UrlHandle make_url();
/// Empty where there is none.
[[nodiscard]] std::string url_part(CURLU* url, CURLUPart which, unsigned flags = 0);
void append_header(HeaderList& list, const char* line);

/// Throws std::bad_alloc, or std::system_error where descriptors are used up: libcurl calls both out of
/// memory.
[[noreturn]] void out_of_memory();

/// For calls that fail for want of memory, or for a bug.
inline void must(CURLcode code) {
  if (code == CURLE_OUT_OF_MEMORY) out_of_memory();
  VILTREE_CHECK(code == CURLE_OK);
}
inline void must(CURLMcode code) {
  // Our callbacks abort where they cannot ask the loop for a timer, for want of memory.
  if (code == CURLM_OUT_OF_MEMORY || code == CURLM_ABORTED_BY_CALLBACK) out_of_memory();
  VILTREE_CHECK(code == CURLM_OK);
}

/// An option that libcurl does not know, or a value that it refuses, is a bug.
template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
  must(curl_easy_setopt(easy, option, value));
}
template <class T>
void set_option(CURLM* multi, CURLMoption option, T value) {
  must(curl_multi_setopt(multi, option, value));
}

}  // namespace viltree::http
