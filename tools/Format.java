import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * Checks or applies the format of all sources. google-java-format parses with the javac of the JDK
 * it runs on, so it cannot run inside Maven, whose JDK may be older than our sources.
 */
final class Format {
  private Format() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1 || !(args[0].equals("check") || args[0].equals("apply"))) {
      System.err.println("-Dformat=" + String.join(" ", args) + ": expected check or apply");
      System.exit(2);
    }
    boolean apply = args[0].equals("apply");
    var sources = sources(Path.of(""));
    if (sources.isEmpty()) {
      return;
    }

    var arguments = new ArrayList<>(apply ? List.of("--replace") : List.of("--dry-run"));
    arguments.addAll(sources);
    var found = new StringWriter();
    var formatter = ToolProvider.findFirst("google-java-format").orElseThrow();
    int status =
        formatter.run(
            new PrintWriter(found),
            new PrintWriter(System.err, true),
            arguments.toArray(String[]::new));
    if (status != 0) {
      System.exit(status);
    }
    if (!found.toString().isBlank()) {
      System.err.print(found);
      System.err.println("Not formatted: the files above. Mend: mvn -N verify -Dformat=apply");
      System.exit(1);
    }
  }

  private static List<String> sources(Path root) throws IOException {
    var sources = new ArrayList<>(List.of("tools/Format.java"));
    try (var modules = Files.newDirectoryStream(root, Files::isDirectory)) {
      for (var module : modules) {
        var src = module.resolve("src");
        if (!Files.isDirectory(src)) {
          continue;
        }
        try (var files = Files.walk(src)) {
          files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(sources::add);
        }
      }
    }
    sources.sort(null);
    return sources;
  }
}
