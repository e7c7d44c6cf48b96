#include "curl_handles.hpp"

namespace viltree::http {

namespace {

void set_up_once() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  VILTREE_CHECK(result == CURLE_OK);
}

}  // namespace

EasyHandle make_easy() {
  set_up_once();
  EasyHandle handle(curl_easy_init());
  VILTREE_CHECK(handle != nullptr);
  return handle;
}

MultiHandle make_multi() {
  set_up_once();
  MultiHandle handle(curl_multi_init());
  VILTREE_CHECK(handle != nullptr);
  return handle;
}

UrlHandle make_url() {
  set_up_once();
  UrlHandle handle(curl_url());
  VILTREE_CHECK(handle != nullptr);
  return handle;
}

void append_header(HeaderList& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  VILTREE_CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

}  // namespace viltree::http
