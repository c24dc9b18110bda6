package io.headgate.examples.storm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StormTest {
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @TempDir Path folder;

  @Test
  void aBadOptionIsOneLineAndExitCodeTwo() throws IOException {
    assertThat(run("storm.seed", "abc")).isEqualTo(2);
    assertThat(errors.toString(UTF_8)).hasLineCount(1).contains("storm.seed is 'abc'");
  }

  @Test
  void aMalformedTraceIsOneLineAndExitCodeTwo() throws IOException {
    var trace =
        Files.writeString(
            folder.resolve("bad.csv"), "TIMESTAMP,ContextTokens,GeneratedTokens\nnow,1,1\n");

    assertThat(run("storm.trace", trace.toString())).isEqualTo(2);
    assertThat(errors.toString(UTF_8))
        .hasLineCount(1)
        .contains("bad.csv, line 2: found 'now', expected TIMESTAMP such as");
  }

  private int run(String option, String value) throws IOException {
    var properties = new Properties();
    properties.setProperty("storm.output", folder.resolve("out").toString());
    properties.setProperty(option, value);
    return Storm.run(
        properties,
        new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
        new PrintStream(errors, true, UTF_8));
  }
}
