#include "policy_fixture.hpp"

#include <memory>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>

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
Context self_signed() {
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
  return context;
}

}  // namespace

TEST_CASE("http tls: a certificate that the system does not trust ends the run before anything is sent") {
  const Context context = self_signed();
  boost::asio::io_context loop;
  tcp::acceptor acceptor(loop, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
  int received = 0;
  std::jthread server([&] {
    tcp::socket socket = acceptor.accept();
    const Stream stream(SSL_new(context.get()));
    SSL_set_fd(stream.get(), socket.native_handle());
    char byte = 0;
    if (SSL_accept(stream.get()) == 1) received = SSL_read(stream.get(), &byte, 1);
  });
  http::HttpOptions options;
  options.endpoints = {
      {.url = "https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/v1"}};
  const auto status = made(options)->start();
  server.join();
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().kind == core::ErrorKind::kInvalidInput);
  CHECK(status.error().message.find("certificate is not trusted") != std::string::npos);
  CHECK(received <= 0);
}
