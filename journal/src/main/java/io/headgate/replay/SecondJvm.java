package io.headgate.replay;

import io.headgate.simulation.SimulateCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Flies seeds here, and one in a hundred once more in a JVM with another heap, collector, time zone
 * and locale: what depends on any of them is no simulation of anything.
 */
final class SecondJvm {
  private static final List<String> OTHERWISE =
      List.of(
          "-Xmx192m",
          "-XX:+UseSerialGC",
          "-Duser.timezone=Pacific/Kiritimati",
          "-Duser.language=tr",
          "-Duser.country=TR",
          "-Dio.headgate.probe=" + Boolean.getBoolean("io.headgate.probe"));

  private SecondJvm() {}

  static int simulate(List<String> arguments, PrintStream out, PrintStream err)
      throws InterruptedException, IOException {
    // The options of a single failing seed are no sample, and one who names files knows what to do.
    if (arguments.contains("--set")
        || arguments.contains("--digests")
        || arguments.contains("--check")) {
      return SimulateCommand.run(arguments, out, err, System::nanoTime, () -> true);
    }
    Path digests = Files.createTempFile("headgate-digests", ".txt");
    try {
      return simulate(arguments, digests, out, err);
    } finally {
      Files.deleteIfExists(digests);
    }
  }

  private static int simulate(
      List<String> arguments, Path digests, PrintStream out, PrintStream err)
      throws InterruptedException, IOException {
    List<String> noting = new ArrayList<>(arguments);
    noting.addAll(List.of("--digests", digests.toString()));
    return SimulateCommand.run(noting, out, err, System::nanoTime, () -> check(digests, out, err));
  }

  private static boolean check(Path digests, PrintStream out, PrintStream err)
      throws InterruptedException, IOException {
    if (Files.readAllLines(digests).isEmpty()) {
      return true;
    }
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(OTHERWISE);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "simulate",
            "--check",
            digests.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var lines = process.inputReader()) {
      lines.lines().forEach(line -> out.println("second JVM: " + line));
    }
    int code = process.waitFor();
    if (code != 0) {
      err.println("headgate simulate: the second JVM came to other answers");
    }
    return code == 0;
  }
}
