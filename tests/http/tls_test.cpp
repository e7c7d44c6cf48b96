#include "policy_fixture.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <unistd.h>

using namespace viltree;
using namespace viltree::http::testing;
using boost::asio::ip::tcp;

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using Stream = std::unique_ptr<SSL, Deleter<SSL_free>>;

/// A server's TLS with a certificate for 127.0.0.1 that nobody has signed but itself.
struct SelfSigned {
  Context context;
  std::string pem;  ///< the certificate
};

std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, Deleter<BIO_free>> memory(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_X509(memory.get(), certificate) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

SelfSigned self_signed() {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string host = "127.0.0.1";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host.c_str()),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  Context context(SSL_CTX_new(TLS_server_method()));
  REQUIRE(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  return {std::move(context), pem_of(certificate.get())};
}

/// OpenSSL writes to sockets that the client may have closed.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// What comes of a start against a server with that certificate.
struct Met {
  int received = 0;  ///< bytes, in the clear
  core::Error error;
};

Met meet(const SelfSigned& certificate, const std::string& ca_file) {
  boost::asio::io_context loop;
  tcp::acceptor acceptor(loop, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
  Met met;
  std::jthread server([&] {
    block_sigpipe();
    tcp::socket socket = acceptor.accept();
    const Stream stream(SSL_new(certificate.context.get()));
    SSL_set_fd(stream.get(), socket.native_handle());
    std::array<char, 4096> bytes{};
    if (SSL_accept(stream.get()) != 1) return;
    met.received = SSL_read(stream.get(), bytes.data(), static_cast<int>(bytes.size()));
    constexpr std::string_view kReply = "HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    SSL_write(stream.get(), kReply.data(), static_cast<int>(kReply.size()));
    SSL_shutdown(stream.get());
  });
  http::HttpOptions options;
  options.endpoints = {
      {.url = "https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/v1"}};
  options.ca_file = ca_file;
  const auto status = made(options)->start();
  server.join();
  REQUIRE_FALSE(status.has_value());
  met.error = status.error();
  return met;
}

/// A file that is gone with this.
class PemFile {
 public:
  explicit PemFile(const std::string& text) { std::ofstream(path_) << text; }
  PemFile(const PemFile&) = delete;
  PemFile& operator=(const PemFile&) = delete;
  ~PemFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("viltree_pem_" + std::to_string(getpid()))).string();
};

}  // namespace

TEST_CASE("http tls: a certificate that the system does not trust ends the run before anything is sent") {
  const Met met = meet(self_signed(), "");
  CHECK(met.error.kind == core::ErrorKind::kInvalidInput);
  CHECK(has(met.error.message, "certificate is not trusted"));
  CHECK(has(met.error.message, "ca_file"));
  CHECK(met.received <= 0);
}

TEST_CASE("http tls: ca_file decides alone whose certificate is trusted") {
  const SelfSigned mine = self_signed();
  const SelfSigned other = self_signed();
  {
    const PemFile file("a comment\n" + other.pem + mine.pem);
    const Met met = meet(mine, file.path());
    CHECK(met.received > 0);
    CHECK(has(met.error.message, "HTTP 401"));
  }
  {
    const PemFile file(other.pem);
    const Met met = meet(mine, file.path());
    CHECK(met.error.kind == core::ErrorKind::kInvalidInput);
    CHECK(has(met.error.message, "certificate is not trusted"));
    CHECK(has(met.error.message, "nothing in " + file.path() + " (ca_file) vouches for it"));
    CHECK(met.received <= 0);
  }
}

TEST_CASE(
    "http tls: a ca_file that cannot be read as certificates is told from a server that is not trusted") {
  const PemFile file("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
  const Met met = meet(self_signed(), file.path());
  CHECK(met.error.kind == core::ErrorKind::kInvalidInput);
  CHECK(has(met.error.message, file.path() + " (ca_file) holds no certificates that can be read"));
  CHECK(met.received <= 0);
}
