package io.headgate.bench.ratios;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benchmarks in JVMs of their own with a fixed heap that was touched beforehand, and keeps
 * each figure of each fork.
 */
final class Meter {
  /** How long a fork measures: a quick look, or as long as it takes to be sure. */
  record Effort(int rounds, int warmups, int iterations, TimeValue time) {
    static final Effort QUICK = new Effort(2, 3, 3, TimeValue.milliseconds(400));
    static final Effort FULL = new Effort(7, 4, 5, TimeValue.seconds(1));
    static final Effort SMOKE = new Effort(1, 0, 1, TimeValue.milliseconds(50));
  }

  private static final String PACKAGE = "io.headgate.bench.";

  // As journal/bin/jvm.flags.
  private static final String[] FOR_THE_JOURNAL = {
    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow"
  };

  private final Effort effort;
  private final Path onOneCpu;
  private final Map<Probe, List<Double>> figures = new HashMap<>();

  Meter(Effort effort) throws IOException {
    this.effort = effort;
    onOneCpu = pinnedJava();
  }

  // JMH takes the path of a JVM and no prefix, so the prefix is a script.
  private static Path pinnedJava() throws IOException {
    Path script =
        Files.createTempFile(
            "java-on-one-cpu",
            ".sh",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    script.toFile().deleteOnExit();
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Files.writeString(script, "#!/bin/sh\nexec taskset -c 0 '" + java + "' \"$@\"\n");
    return script;
  }

  /** Runs the benchmark once, in one fork, and notes the figures that are asked of it. */
  void measure(Probe.Run run, List<Probe> probes) throws RunnerException {
    var options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(PACKAGE + run.benchmark()) + "$")
            .threads(run.threads())
            .forks(1)
            .warmupIterations(effort.warmups())
            .warmupTime(effort.time())
            .measurementIterations(effort.iterations())
            .measurementTime(effort.time())
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .jvmArgs("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", run.collector().flag)
            .jvmArgsAppend(FOR_THE_JOURNAL);
    run.params().forEach(options::param);
    if (run.gcProfiler()) {
      options.addProfiler(GCProfiler.class);
    }
    if (run.oneCpu()) {
      options.jvm(onOneCpu.toString());
    }
    if (isShot(run)) {
      options.warmupIterations(0).measurementIterations(1);
    }
    for (RunResult result : new Runner(options.build()).run()) {
      for (Probe probe : probes) {
        figures.computeIfAbsent(probe, p -> new ArrayList<>()).add(figure(result, probe));
      }
    }
  }

  // Whole runs measure for themselves and warm up inside.
  private static boolean isShot(Probe.Run run) {
    try {
      int dot = run.benchmark().lastIndexOf('.');
      var mode =
          Class.forName(PACKAGE + run.benchmark().substring(0, dot))
              .getAnnotation(org.openjdk.jmh.annotations.BenchmarkMode.class);
      return mode != null && Arrays.asList(mode.value()).contains(Mode.SingleShotTime);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("no benchmark " + run.benchmark(), e);
    }
  }

  private static double figure(RunResult result, Probe probe) {
    if (probe.metric().equals(Probe.SCORE)) {
      return result.getPrimaryResult().getScore();
    }
    if (probe.metric().equals(Probe.P99)) {
      return result.getPrimaryResult().getStatistics().getPercentile(99);
    }
    if (probe.metric().equals(Probe.BYTES)) {
      return Objects.requireNonNull(result.getSecondaryResults().get(Probe.BYTES)).getScore();
    }
    double[] iterations =
        result.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .mapToDouble(iteration -> auxiliary(iteration, probe))
            .toArray();
    return median(iterations);
  }

  // JMH adds the threads' figures up.
  private static double auxiliary(IterationResult iteration, Probe probe) {
    var figure = iteration.getSecondaryResults().get(probe.metric());
    if (figure == null) {
      throw new IllegalArgumentException(
          probe.benchmark()
              + " has no figure "
              + probe.metric()
              + "; it has "
              + iteration.getSecondaryResults().keySet());
    }
    return figure.getScore() / probe.threads();
  }

  /** The median over the forks. */
  double value(Probe probe) {
    return median(figures.getOrDefault(probe, List.of()).stream().mapToDouble(d -> d).toArray());
  }

  private static double median(double[] values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    Arrays.sort(values);
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
}
