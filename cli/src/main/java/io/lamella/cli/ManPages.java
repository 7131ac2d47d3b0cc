// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Writes one man page a command (man-pages(7), groff_man(7)) from what the commands say of themselves. */
final class ManPages {
    private static final Map<String, String> EXIT_STATUS = Map.of(
            "0", "Done.",
            "1", "It failed; the reason is on standard error.",
            "2", "The command line was wrong.",
            "69", "The host lacks something.",
            "130", "Interrupted.");

    private ManPages() {}

    /** The pages by file name, such as {@code lamella-vm.1}. */
    static Map<String, String> all(CommandLine root) {
        Map<String, String> pages = new LinkedHashMap<>();
        addTo(pages, root);
        return pages;
    }

    /** Writes them into a folder. */
    static void write(CommandLine root, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> page : all(root).entrySet()) {
            Files.writeString(folder.resolve(page.getKey()), page.getValue());
        }
    }

    private static void addTo(Map<String, String> pages, CommandLine command) {
        pages.put(pageName(command) + ".1", page(command));
        visible(command).forEach(sub -> addTo(pages, sub));
    }

    private static List<CommandLine> visible(CommandLine command) {
        return command.getSubcommands().values().stream()
                .distinct()
                .filter(sub -> !sub.getCommandSpec().usageMessage().hidden())
                .filter(sub -> !sub.getCommandName().equals("help"))
                .toList();
    }

    private static String pageName(CommandLine command) {
        return command.getCommandSpec().qualifiedName("-");
    }

    private static String page(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        StringBuilder page = new StringBuilder("'\\\" t\n.\\\" Generated from the command itself.\n");
        page.append(".TH \"%s\" 1 \"\" \"Lamella %s\" \"Lamella\"\n"
                .formatted(pageName(command).toUpperCase(Locale.ROOT).replace("-", "\\-"), version(command)));
        // No hyphenation and no justification: commands must stay as they are typed.
        page.append(".nh\n.ad l\n");
        List<String> description = text(spec.usageMessage().description());
        section(page, "NAME");
        page.append(roff(pageName(command)))
                .append(" \\- ")
                .append(roff(decapitalised(description.isEmpty() ? "" : description.getFirst())))
                .append('\n');
        section(page, "SYNOPSIS");
        synopsis(page, command);
        section(page, "DESCRIPTION");
        paragraphs(page, description);
        if (!visible(command).isEmpty()) {
            section(page, "COMMANDS");
            for (CommandLine sub : visible(command)) {
                List<String> lines = text(sub.getCommandSpec().usageMessage().description());
                page.append(".TP\n.BR ").append(roff(pageName(sub))).append(" (1)\n");
                page.append(roff(lines.isEmpty() ? "" : lines.getFirst())).append('\n');
            }
        }
        options(page, spec);
        footer(page, spec);
        section(page, "EXIT STATUS");
        EXIT_STATUS.keySet().stream()
                .sorted(java.util.Comparator.comparing(Integer::valueOf))
                .forEach(code -> page.append(".TP\n.B ")
                        .append(code)
                        .append('\n')
                        .append(EXIT_STATUS.get(code))
                        .append('\n'));
        section(page, "SEE ALSO");
        List<String> others = new ArrayList<>();
        CommandLine parent = command.getParent();
        if (parent != null) {
            others.add(pageName(parent));
        }
        visible(command).forEach(sub -> others.add(pageName(sub)));
        for (int i = 0; i < others.size(); i++) {
            page.append(".BR ").append(roff(others.get(i))).append(i == others.size() - 1 ? " (1)\n" : " (1),\n");
        }
        return page.toString();
    }

    private static String version(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        String[] lines = root.getCommandSpec().version();
        return lines.length == 0 ? "" : lines[0].replaceAll("^lamella (\\S+).*", "$1");
    }

    private static void synopsis(StringBuilder page, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        page.append(".B ").append(roff(spec.qualifiedName(" "))).append('\n');
        if (!spec.options().isEmpty()) {
            page.append("[\\fIOPTION\\fR]...\n");
        }
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            String label = "\\fI" + roff(parameter.paramLabel()) + "\\fR";
            String shown = parameter.arity().min() > 0 ? label : "[" + label + "]";
            page.append(shown).append(parameter.arity().max() > 1 ? "...\n" : "\n");
        }
        if (!visible(command).isEmpty()) {
            page.append("\\fICOMMAND\\fR\n");
        }
    }

    private static void options(StringBuilder page, CommandSpec spec) {
        List<OptionSpec> options =
                spec.options().stream().filter(option -> !option.hidden()).toList();
        if (options.isEmpty() && spec.positionalParameters().isEmpty()) {
            return;
        }
        section(page, "OPTIONS");
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            page.append(".TP\n\\fI").append(roff(parameter.paramLabel())).append("\\fR\n");
            describe(page, parameter);
        }
        for (OptionSpec option : options) {
            List<String> names = new ArrayList<>();
            for (String name : option.names()) {
                String value = option.arity().max() == 0 ? "" : "=\\fI" + roff(option.paramLabel()) + "\\fR";
                names.add(
                        "\\fB" + roff(name) + "\\fR" + (name.startsWith("--") ? value : value.replaceFirst("^=", " ")));
            }
            page.append(".TP\n").append(String.join(", ", names)).append('\n');
            describe(page, option);
        }
    }

    private static void describe(StringBuilder page, ArgSpec argument) {
        List<String> lines = text(argument.description());
        page.append(lines.isEmpty() ? "\\&" : roff(String.join(" ", lines))).append('\n');
    }

    /** The words under a command's help; what stands below "Example" is shown as it is typed. */
    private static void footer(StringBuilder page, CommandSpec spec) {
        boolean isExample = false;
        for (String line : text(spec.usageMessage().footer())) {
            if (line.startsWith("Example") || line.startsWith("Start with:")) {
                section(page, "EXAMPLES");
                isExample = true;
                int colon = line.indexOf(':');
                String rest = line.substring(colon + 1).strip();
                if (!rest.isEmpty()) {
                    example(page, rest);
                }
            } else if (isExample && !line.isBlank()) {
                example(page, line.strip());
            } else if (line.isBlank()) {
                page.append(".PP\n");
            } else if (line.startsWith(" ")) {
                example(page, line.strip());
            } else {
                page.append(roff(line)).append('\n');
            }
        }
    }

    private static void example(StringBuilder page, String line) {
        page.append(".PP\n.RS 4\n.nf\n")
                .append(roff(line.replace("./lamella", "lamella")))
                .append("\n.fi\n.RE\n");
    }

    private static void paragraphs(StringBuilder page, List<String> lines) {
        for (String line : lines) {
            page.append(line.isBlank() ? ".PP" : roff(line)).append('\n');
        }
    }

    private static void section(StringBuilder page, String name) {
        page.append(".SH \"").append(name).append("\"\n");
    }

    /** Without picocli's marks for colours and line ends. */
    private static List<String> text(String[] lines) {
        List<String> plain = new ArrayList<>();
        for (String line : lines) {
            for (String one : line.replaceAll("@\\|\\S+ (.*?)\\|@", "$1")
                    .replace("%n", "\n")
                    .split("\n", -1)) {
                plain.add(one.stripTrailing().replace("%%", "%"));
            }
        }
        return plain;
    }

    /** "Boot a VM." becomes "boot a VM", as NAME has it; names such as GPU stay. */
    private static String decapitalised(String sentence) {
        String text = sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
        return text.length() > 1 && Character.isLowerCase(text.charAt(1))
                ? Character.toLowerCase(text.charAt(0)) + text.substring(1)
                : text;
    }

    private static String roff(String text) {
        String escaped = text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("^", "\\(ha")
                .replace("~", "\\(ti");
        escaped = escaped.replace("'", "\\(aq").replace("`", "\\(ga");
        return escaped.startsWith(".") ? "\\&" + escaped : escaped;
    }
}
