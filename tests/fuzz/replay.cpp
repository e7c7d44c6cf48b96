#include "fuzz.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <time.h>
#include <unistd.h>

// Every fuzz target without a fuzzer: all seeds, all inputs that once broke a promise, and then mutations of
// them, the same in every run.
//
// usage: test_fuzz [TARGET]          with VILTREE_FUZZ_RUNS mutations a target (3000), of VILTREE_FUZZ_SEED
//        test_fuzz TARGET FOLDER     times each file of a folder (a fuzzer's corpus) and names the slowest

#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "targets.def"
#undef TARGET

namespace {

using viltree::core::Random;
using Target = int (*)(const std::uint8_t*, std::size_t);
using Inputs = std::vector<std::string>;

struct Named {
  const char* name;
  Target run;
};

constexpr Named kTargets[] = {
#define TARGET(name) {#name, &fuzz_##name},
#include "targets.def"
#undef TARGET
};

constexpr std::size_t kMostBytes = 6000;

const std::string* current = nullptr;  // the input that is being run, for the handler of a crash
std::string crash_file;

/// Keeps the input that broke a promise.
void on_abort(int) {
  std::ofstream(crash_file, std::ios::binary).write(current->data(), static_cast<long>(current->size()));
  std::fprintf(stderr, "the input is kept as %s\n", crash_file.c_str());
  _exit(1);
}

void run(const Named& target, const std::string& input) {
  current = &input;
  target.run(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Inputs read_folder(const std::filesystem::path& folder) {
  Inputs inputs;
  for (const auto& file : files_of(folder)) inputs.push_back(read_file(file));
  return inputs;
}

/// Processor time of this thread in milliseconds, so that what else runs does not count.
double milliseconds_used() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double time_of(const Named& target, const std::string& input) {
  const double begun = milliseconds_used();
  run(target, input);
  return milliseconds_used() - begun;
}

/// Each file once, and the slowest of them again, for the first time may be slow by chance.
void time_folder(const Named& target, const std::filesystem::path& folder) {
  constexpr int kAgain = 3;
  double slowest = 0;
  double all = 0;
  std::size_t bytes = 0;
  std::filesystem::path name;
  const auto files = files_of(folder);
  for (const auto& file : files) {
    const std::string input = read_file(file);
    double time = time_of(target, input);
    all += time;
    for (int i = 0; i < kAgain && time > slowest; ++i) time = std::min(time, time_of(target, input));
    if (time <= slowest) continue;
    slowest = time;
    bytes = input.size();
    name = file;
  }
  std::printf("%-12s %zu inputs in %.0f ms, the slowest %.3f ms, %zu bytes: %s\n", target.name, files.size(),
              all, slowest, bytes, name.c_str());
}

std::size_t place(Random& random, std::size_t size) {
  return static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(size)));
}

std::string mutated(const Inputs& inputs, Random& random) {
  std::string input = inputs[place(random, inputs.size() - 1)];
  for (auto edits = random.between(1, 6); edits > 0; --edits) {
    const std::size_t at = place(random, input.size());
    const std::string& other = inputs[place(random, inputs.size() - 1)];
    switch (random.between(0, 5)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << random.between(0, 7)));
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(random.next()));
        break;
      case 2:
        input.erase(at, place(random, 16));
        break;
      case 3:
        input.insert(at, other.substr(place(random, other.size()), place(random, 40)));
        break;
      case 4:
        input.insert(at, input.substr(place(random, input.size()), place(random, 40)));
        break;
      default:
        input.resize(at);
    }
  }
  if (input.size() > kMostBytes) input.resize(kMostBytes);
  return input;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void replay(const Named& target, std::uint64_t runs, std::uint64_t seed) {
  const auto begun = std::chrono::steady_clock::now();
  const std::filesystem::path folder = VILTREE_FUZZ_DIR;
  crash_file = std::string("crash-") + target.name;
  Inputs inputs = read_folder(folder / "seeds" / target.name);
  for (std::string& crash : read_folder(folder / "crashes" / target.name)) inputs.push_back(std::move(crash));
  viltree::fuzz::promise(!inputs.empty(), "a target has seeds");
  for (const std::string& input : inputs) run(target, input);
  run(target, {});
  Random random(seed);
  for (std::uint64_t i = 0; i < runs; ++i) run(target, mutated(inputs, random));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begun;
  std::printf("%-12s %zu inputs, %llu mutations, %.2f s\n", target.name, inputs.size(),
              static_cast<unsigned long long>(runs), time.count());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t runs = from_environment("VILTREE_FUZZ_RUNS", 3000);
  const std::uint64_t seed = from_environment("VILTREE_FUZZ_SEED", 1);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::signal(SIGABRT, on_abort);
  std::signal(SIGSEGV, on_abort);
  for (const Named& target : kTargets) {
    if (argc >= 2 && std::strcmp(argv[1], target.name) != 0) continue;
    argc < 3 ? replay(target, runs, seed) : time_folder(target, argv[2]);
  }
  return 0;
}
