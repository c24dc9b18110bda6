package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import host.HostProgram;
import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Core as a JPMS module: what it exports, and that it runs on the module path without a flag. */
@Timeout(60)
class ModulePathTest {
  private static final List<String> CLASS_PATH =
      Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));

  @Test
  void exportsThePublicPackageOnly() {
    ModuleDescriptor core =
        ModuleFinder.of(Path.of("target/classes"))
            .find("io.headgate.core")
            .orElseThrow()
            .descriptor();
    assertThat(core.exports().stream().filter(e -> !e.isQualified()))
        .extracting(ModuleDescriptor.Exports::source)
        .allMatch(
            source -> source.equals("io.headgate") || source.equals("io.headgate.simulation"));
    assertThat(core.exports().stream().filter(ModuleDescriptor.Exports::isQualified))
        .allMatch(export -> export.targets().equals(java.util.Set.of("io.headgate.journal")));
    assertThat(core.requires())
        .extracting(ModuleDescriptor.Requires::name)
        .containsExactlyInAnyOrder(
            "java.base",
            "java.net.http",
            "jdk.jfr",
            "com.lmax.disruptor",
            "org.agrona",
            "HdrHistogram",
            "org.slf4j",
            "org.jspecify");
  }

  @Test
  void runsOnTheModulePathWithoutAFlag() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-ea");
    command.add("--module-path");
    command.add(entries(true));
    command.add("--add-modules");
    command.add("io.headgate.core");
    command.add("-cp");
    command.add(entries(false));
    command.add(HostProgram.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("ran in module io.headgate.core").doesNotContain("WARNING");
  }

  private static String entries(boolean ofModulePath) {
    return String.join(
        File.pathSeparator,
        CLASS_PATH.stream()
            .filter(entry -> ofModulePath != entry.endsWith("test-classes"))
            .filter(entry -> !ofModulePath || isOfProduct(entry))
            .toList());
  }

  private static boolean isOfProduct(String entry) {
    return entry.endsWith("classes")
        || entry.matches(".*/(disruptor|agrona|HdrHistogram|slf4j-api|jspecify)-[^/]*\\.jar");
  }
}
