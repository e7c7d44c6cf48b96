#include "command_line.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

namespace viltree::cli {

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::shows_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::one_at_a_time() {
  option_->type_size(1)->allow_extra_args(false);
  return *this;
}

Option& Option::separated_by(char delimiter) {
  option_->delimiter(delimiter);
  return *this;
}

Option& Option::group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

Option& Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option& Option::not_negative() {
  option_->check(CLI::NonNegativeNumber);
  return *this;
}

Option& Option::between(int least, int most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option& Option::between(unsigned least, unsigned most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option& Option::between(double least, double most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

bool Option::was_given() const {
  return option_->count() > 0;
}

Command Command::command(const std::string& name, const std::string& summary) {
  app_->require_subcommand(1);
  return Command(app_->add_subcommand(name, summary));
}

Option Command::flag(const std::string& name, bool& value, const std::string& help) {
  return Option(app_->add_flag(name, value, help));
}

template <class T>
Option Command::option(const std::string& name, T& value, const std::string& help) {
  return Option(app_->add_option(name, value, help));
}

template Option Command::option(const std::string&, std::string&, const std::string&);
template Option Command::option(const std::string&, std::vector<std::string>&, const std::string&);
template Option Command::option(const std::string&, int&, const std::string&);
template Option Command::option(const std::string&, double&, const std::string&);
template Option Command::option(const std::string&, std::uint16_t&, const std::string&);
template Option Command::option(const std::string&, std::uint32_t&, const std::string&);
template Option Command::option(const std::string&, std::uint64_t&, const std::string&);
template Option Command::option(const std::string&, std::optional<double>&, const std::string&);
template Option Command::option(const std::string&, std::optional<std::uint32_t>&, const std::string&);

void Command::runs(std::function<void()> work) {
  app_->callback(std::move(work));
}

void end_with(core::ExitCode code) {
  throw CLI::RuntimeError(static_cast<int>(code));
}

int run_command_line(int argc, char** argv, const std::string& version,
                     const std::function<void(Command&)>& declare) {
  CLI::App app("Training data for process reward models of vision-language models, by tree search.",
               "viltree");
  app.set_version_flag("--version", "viltree " + version);
  Command root(&app);
  declare(root);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();  // a command's own
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(core::ExitCode::kUsage);
  }
  return 0;
}

}  // namespace viltree::cli
