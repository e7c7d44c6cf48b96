#pragma once

#include <viltree/core/check.hpp>

#include <memory>

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

/// Each sets libcurl up on first use, and aborts where there is no memory.
[[nodiscard]] EasyHandle make_easy();
[[nodiscard]] MultiHandle make_multi();
[[nodiscard]] UrlHandle make_url();
void append_header(HeaderList& list, const char* line);

/// An option that libcurl does not know, or a value that it refuses, is a bug.
template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
  VILTREE_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}
template <class T>
void set_option(CURLM* multi, CURLMoption option, T value) {
  VILTREE_CHECK(curl_multi_setopt(multi, option, value) == CURLM_OK);
}

}  // namespace viltree::http
