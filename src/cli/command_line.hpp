#pragma once

#include <viltree/core/fatal.hpp>

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// What commands need of the library that reads command lines: its headers are dear, and only
/// command_line.cpp includes them. Options and commands are handles, good as long as the CommandLine lives.
namespace viltree::cli {

/// Something that a command may be given. What is set returns the option, for the next to be set.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option& required();
  /// The help tells the value that the variable has now.
  Option& shows_default();
  /// Of several values each needs the option's name once more.
  Option& one_at_a_time();
  /// One text holds several values.
  Option& separated_by(char delimiter);
  /// The heading in the help below which it stands.
  Option& group(const std::string& heading);

  Option& needs(const Option& other);
  Option& excludes(const Option& other);

  Option& one_of(const std::vector<std::string>& values);
  Option& positive();
  Option& not_negative();
  /// Both ends belong to the range. Its type is that of the number, which the help names.
  Option& between(int least, int most);
  Option& between(unsigned least, unsigned most);
  Option& between(double least, double most);

  [[nodiscard]] bool was_given() const;

 private:
  CLI::Option* option_;
};

/// A command of the program, or one of a command's own.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  /// One of them must be given, once there are some.
  Command command(const std::string& name, const std::string& summary);

  Option flag(const std::string& name, bool& value, const std::string& help);
  /// A name without dashes is that of a positional. `value` outlives the CommandLine's run; it is a text,
  /// texts, an int, a double, an unsigned number of 16, 32 or 64 bits, or one of the optionals that
  /// command_line.cpp names.
  template <class T>
  Option option(const std::string& name, T& value, const std::string& help);

  /// What is done when the whole command line was found good.
  void runs(std::function<void()> work);

 private:
  CLI::App* app_;
};

/// Ends the command, and the program with this code; nothing is printed. Only where no core::FatalError is
/// meant: the command has said what there is to say.
[[noreturn]] void end_with(core::ExitCode code);

/// Lets `declare` name the commands, reads the arguments and runs the command that they name. Returns the
/// exit code: the command's own, or kUsage, with the reason on standard error. Lets exceptions of commands
/// through.
[[nodiscard]] int run_command_line(int argc, char** argv, const std::string& version,
                                   const std::function<void(Command&)>& declare);

}  // namespace viltree::cli
