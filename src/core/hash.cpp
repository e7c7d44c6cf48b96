#include <openssl/crypto.h>
#include <openssl/evp.h>
#define XXH_INLINE_ALL
#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>

#include <array>
#include <new>

#include <xxhash.h>

namespace viltree::core {

namespace {
constexpr std::string_view kHexDigits = "0123456789abcdef";
}

namespace {

/// Where libcrypto's own context could not be made, for want of memory, what uses it crashes.
EVP_MD_CTX* new_context() {
  return OSSL_LIB_CTX_get0_global_default() == nullptr ? nullptr : EVP_MD_CTX_new();
}

}  // namespace

struct Sha256::Context {
  /// What can fail here is for want of memory alone.
  Context() : handle(new_context()) {
    if (handle != nullptr && EVP_DigestInit_ex(handle, EVP_sha256(), nullptr) == 1) return;
    EVP_MD_CTX_free(handle);
    throw std::bad_alloc();
  }
  ~Context() { EVP_MD_CTX_free(handle); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  EVP_MD_CTX* handle;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  VILTREE_CHECK(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  VILTREE_CHECK(EVP_DigestFinal_ex(context_->handle, digest.data(), &size) == 1);
  std::string text;
  text.reserve(std::size_t{size} * 2);
  for (unsigned int i = 0; i < size; ++i) {
    text += kHexDigits[digest[i] >> 4U];
    text += kHexDigits[digest[i] & 15U];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string hex64(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4U) text[i] = kHexDigits[value & 15U];
  return text;
}

}  // namespace viltree::core
