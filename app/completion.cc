#include "app/completion.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "show/tables.h"
#include "vty/command.h"

namespace app {

namespace {

// What a help text says first: "text or json: the report on stdout [text]" is too long beside a word.
std::string first_words(const std::string& help) {
  return help.substr(0, std::min(help.find_first_of(":;["), help.size()));
}

void add(Completion& out, const std::string& typed, std::string word, const std::string& help) {
  if (word.starts_with(typed)) out.words.emplace_back(std::move(word), first_words(help));
}

// `before` are the words of the vty's line so far.
void add_vty_words(Completion& out, const std::string& typed, const std::vector<std::string>& before) {
  using enum show::TableKind;
  if (before.empty())
    for (const auto kind : {Neighbors, AdjIn, AdjInPost, Loc, AdjOut})
      add(out, typed, std::string(show::to_string(kind)), "a table");
  std::string line = before.empty() || before.front() != "show" ? "show " : "";
  for (const auto& word : before) line += word + ' ';
  for (const auto& candidate : vty::candidates(line + typed, vty::Mode::Enable))
    if (candidate.keyword) add(out, typed, candidate.word, std::string(candidate.help));
}

void add_values(Completion& out, const std::string& typed, const CLI::Option& option,
                const std::vector<std::string>& before) {
  const std::string type = option.get_type_name();
  if (type == kRouterType) out.routers = true;
  if (type == kFileType) out.files = true;
  if (type == kVtyType) add_vty_words(out, typed, before);
  if (type.find('|') == std::string::npos) return;
  for (std::size_t from = 0; from <= type.size();) {
    const auto to = std::min(type.find('|', from), type.size());
    add(out, typed, type.substr(from, to - from), "");
    from = to + 1;
  }
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

const CLI::Option* named(const CLI::App& app, const std::string& word) {
  const auto options = app.get_options();
  const auto found = std::ranges::find_if(options, [&](const CLI::Option* option) {
    return option->nonpositional() && option->check_name(word);
  });
  return found == options.end() ? nullptr : *found;
}

// The option that the positional word number `place` is for; the last one takes all further ones.
const CLI::Option* positional(const CLI::App& app, std::size_t place) {
  const CLI::Option* last = nullptr;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    last = option;
    if (place-- == 0) return option;
  }
  return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
}

const CLI::App* subcommand(const CLI::App& cli, const std::string& name) {
  for (const CLI::App* sub : cli.get_subcommands([](const CLI::App*) { return true; }))
    if (sub->get_name() == name) return sub;
  return nullptr;
}

}  // namespace

Completion complete(const CLI::App& cli, const std::vector<std::string>& words) {
  Completion out;
  if (words.empty()) return out;
  const std::string& typed = words.back();
  const CLI::App* app = &cli;
  const CLI::Option* pending = nullptr;  // wants a value
  std::vector<std::string> places;       // positional words
  for (const auto& word : std::span(words).first(words.size() - 1)) {
    if (std::exchange(pending, nullptr) != nullptr) continue;
    if (word.starts_with('-') && word != "-") {
      const CLI::Option* option = named(*app, word);
      if (option != nullptr && takes_value(*option)) pending = option;
    } else if (const CLI::App* chosen = app == &cli ? subcommand(cli, word) : nullptr) {
      app = chosen;
    } else {
      places.push_back(word);
    }
  }
  if (pending != nullptr) {
    add_values(out, typed, *pending, {});
  } else if (typed.starts_with('-')) {
    for (const CLI::Option* option : app->get_options())
      if (option->nonpositional())
        add(out, typed, "--" + option->get_single_name(), option->get_description());
  } else if (app == &cli) {
    for (const CLI::App* sub : cli.get_subcommands([](const CLI::App*) { return true; }))
      add(out, typed, sub->get_name(), sub->get_description());
  } else if (app->get_name() == "exec" && !places.empty()) {  // CLI11 is not told of its command
    (places.size() == 1 ? out.commands : out.files) = true;
  } else if (const CLI::Option* option = positional(*app, places.size())) {
    // Of a line of the vty: its words so far, without what comes before them.
    const auto from = std::min<std::size_t>(places.size(), 1);
    add_values(out, typed, *option, {places.begin() + static_cast<std::ptrdiff_t>(from), places.end()});
  }
  return out;
}

std::optional<std::string_view> completion_script(std::string_view shell) {
  constexpr std::string_view kBash =
      R"(# chainrouter's completion for bash:  source <(chainrouter completion bash)
_chainrouter() {
  local word help current=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS=$'\t' read -r word help; do
    case $word in
      :files) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
      :commands) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$current") ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _chainrouter chainrouter
)";
  constexpr std::string_view kZsh = R"(#compdef chainrouter
# chainrouter's completion for zsh:  source <(chainrouter completion zsh)
_chainrouter() {
  local word help
  local -a described
  while IFS=$'\t' read -r word help; do
    case $word in
      :files) _files ;;
      :commands) _command_names -e ;;
      *) described+=("${word//:/\\:}:$help") ;;
    esac
  done < <("${words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( $#described == 0 )) || _describe chainrouter described
}
compdef _chainrouter chainrouter
)";
  constexpr std::string_view kFish =
      R"(# chainrouter's completion for fish:  chainrouter completion fish | source
function __chainrouter_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path "$current"
            case ':commands*'
                complete -C "$current"
            case '*'
                echo $line
        end
    end
end
complete -c chainrouter -f -a '(__chainrouter_complete)'
)";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kScripts{
      {{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}}};
  for (const auto& [name, script] : kScripts)
    if (name == shell) return script;
  return std::nullopt;
}

}  // namespace app
