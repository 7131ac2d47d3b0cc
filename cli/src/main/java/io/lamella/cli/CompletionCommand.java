// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lamella completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Print a script that completes lamella's commands and options in your shell.",
        footer = {
            "",
            "To have it in every bash:",
            "  lamella completion bash > ~/.local/share/bash-completion/completions/lamella",
            "In every zsh, from ~/.zshrc:",
            "  source <(lamella completion zsh)",
            "In every fish:",
            "  lamella completion fish > ~/.config/fish/completions/lamella.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells that it is for. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().getOut().print(script(spec.root().commandLine(), shell));
            spec.commandLine().getOut().flush();
        }
        return ExitCode.OK;
    }

    static String script(CommandLine root, Shell shell) {
        return switch (shell) {
            case bash -> AutoComplete.bash("lamella", root);
            // The script itself turns zsh's emulation of bash on; that needs zsh's own completion first.
            case zsh ->
                "#compdef lamella\nif ! whence -w compdef >/dev/null; then autoload -Uz compinit && compinit; fi\n"
                        + AutoComplete.bash("lamella", root);
            case fish -> fish(root);
        };
    }

    private static String fish(CommandLine root) {
        StringBuilder script = new StringBuilder("# Completion of lamella for fish.\ncomplete -c lamella -f\n");
        addFish(script, root, List.of());
        return script.toString();
    }

    private static void addFish(StringBuilder script, CommandLine command, List<String> path) {
        List<CommandLine> subs = command.getSubcommands().values().stream()
                .distinct()
                .filter(sub -> !sub.getCommandSpec().usageMessage().hidden())
                .toList();
        StringBuilder here = new StringBuilder();
        for (String word : path) {
            here.append(here.isEmpty() ? "" : "; and ")
                    .append("__fish_seen_subcommand_from ")
                    .append(word);
        }
        String names =
                String.join(" ", subs.stream().map(CommandLine::getCommandName).toList());
        for (CommandLine sub : subs) {
            String condition = (here.isEmpty() ? "" : here + "; and ") + "not __fish_seen_subcommand_from " + names;
            script.append("complete -c lamella -n %s -a %s -d %s\n"
                    .formatted(
                            quoted(condition),
                            sub.getCommandName(),
                            quoted(firstLine(sub.getCommandSpec().usageMessage().description()))));
        }
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (option.hidden()) {
                continue;
            }
            script.append("complete -c lamella");
            script.append(here.isEmpty() ? "" : " -n " + quoted(here.toString()));
            for (String name : option.names()) {
                script.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            script.append(option.arity().max() > 0 ? " -r -F" : "");
            script.append(" -d ")
                    .append(quoted(firstLine(option.description())))
                    .append('\n');
        }
        for (CommandLine sub : subs) {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(sub.getCommandName());
            addFish(script, sub, deeper);
        }
    }

    private static String firstLine(String[] description) {
        return description.length == 0 ? "" : description[0].replace("%n", " ");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
