package io.headgate.examples.storm.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.simulation.TraceFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AzureTraceReaderTest {
  private static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
  private static final String ROW = "2030-01-02 03:04:05.1000000,100,7\n";

  @TempDir Path folder;

  @Test
  void readsGapsAndTokensOfEachRow() throws IOException {
    var trace = read(HEADER + ROW + "2030-01-02 03:04:05.1000003,200,8\n");

    assertThat(trace.calls()).containsExactly(new TraceCall(0, 100, 7), new TraceCall(300, 200, 8));
  }

  @Test
  void takesWindowsLineEndsQuotesOffsetsAndOtherColumns() throws IOException {
    var trace =
        read(
            String.join(
                "\r\n",
                "\uFEFFmodel, GeneratedTokens ,ContextTokens,TIMESTAMP",
                "x,1,2,\"2030-01-02T03:04:05Z\"",
                "",
                "y,3,4,2030-01-02 05:04:06.5+02:00"));

    assertThat(trace.calls())
        .containsExactly(new TraceCall(0, 2, 1), new TraceCall(1_500_000_000L, 4, 3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2030-01-02 03:04:05.2,-1,7   | '-1'         | ContextTokens as a whole number from 0 to 10,000,000
          2030-01-02 03:04:05.2,1,-7   | '-7'         | GeneratedTokens as a whole number from 0 to 10,000,000
          2030-01-02 03:04:05.2,1,1.5  | '1.5'        | GeneratedTokens as a whole number
          2030-01-02 03:04:05.2,1e9,1  | '1e9'        | ContextTokens as a whole number
          2030-01-02 03:04:05.2,99999999999,1 | '99999999999' | ContextTokens as a whole number
          2030-01-02 03:04:05.2,,1     | found nothing | ContextTokens as a whole number
          2030-01-02 03:04:05.2,1      | '2030-01-02 03:04:05.2,1' | the columns of the header
          2030-13-02 03:04:05.2,1,1    | '2030-13-02 03:04:05.2' | TIMESTAMP such as 2023-11-16 18:17:03.9799600
          2030-02-30 03:04:05.2,1,1    | '2030-02-30 03:04:05.2' | TIMESTAMP such as
          yesterday,1,1                | 'yesterday'  | TIMESTAMP such as
          2030-01-02 03:04:05.0,1,1    | '2030-01-02 03:04:05.0' | a time not before the row above, 2030-01-02 03:04:05.1
          +999999-01-02 03:04:05.0,1,1 | '+999999-01-02 03:04:05.0' | a time within 292 years
          """)
  void namesFileLineFoundAndExpected(String row, String found, String expected) throws IOException {
    var file = write(HEADER + ROW + row.strip() + "\n");

    assertThatThrownBy(() -> AzureTraceReader.read(file))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("line 3")
        .hasMessageContaining(found.strip())
        .hasMessageContaining(expected.strip());
  }

  @Test
  void wantsAHeader() throws IOException {
    assertMessage(ROW, "line 1: found '2030-01-02 03:04:05.1000000,100,7', expected the header");
  }

  @Test
  void saysThatAFileIsEmpty() throws IOException {
    assertMessage("", "line 1: found nothing, expected the header TIMESTAMP,ContextTokens");
  }

  @Test
  void saysThatThereAreNoRows() throws IOException {
    assertMessage(HEADER, "line 2: found nothing, expected at least one row");
  }

  @Test
  void showsNoControlCharactersAndNoEndlessLine() throws IOException {
    var file = write("\u001b[2J" + "x".repeat(10_000));

    assertThatThrownBy(() -> AzureTraceReader.read(file))
        .message()
        .contains("'?[2Jxxx")
        .hasSizeLessThan(400);
  }

  @Test
  void survivesBytesThatAreNoText() throws IOException {
    var file = folder.resolve("trace.csv");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 10});

    assertThatThrownBy(() -> AzureTraceReader.read(file))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining("line 1");
  }

  @Test
  void saysThatAFileIsMissing() {
    var file = folder.resolve("missing.csv");

    assertThatThrownBy(() -> AzureTraceReader.read(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("missing.csv");
  }

  @Test
  void leavesUnreadWhatIsBeyondItsBound() throws IOException {
    var trace = read(HEADER + ROW.repeat(AzureTraceReader.MAX_CALLS) + "no row at all\n");

    assertThat(trace.calls()).hasSize(AzureTraceReader.MAX_CALLS);
  }

  private void assertMessage(String content, String message) throws IOException {
    var file = write(content);
    assertThatThrownBy(() -> AzureTraceReader.read(file))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining(message);
  }

  private Trace read(String content) throws IOException {
    return AzureTraceReader.read(write(content));
  }

  private Path write(String content) throws IOException {
    return Files.writeString(folder.resolve("trace.csv"), content);
  }
}
