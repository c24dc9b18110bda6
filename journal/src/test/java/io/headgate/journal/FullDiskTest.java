package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk of 64 MiB that fills up under a host: it refuses new work and goes on, deadlines fire, the
 * JVM stays alive, and when space comes back work is let in and the journal is whole.
 */
@Timeout(180)
class FullDiskTest {
  private static final int LEAST_FREE = 8 << 20;

  @TempDir Path folder;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()),
        "a small disk cannot be mounted here, which needs root: the full disk is not tried");
  }

  @AfterEach
  void unmount() throws Exception {
    boolean _ = run("umount", disk.toString());
  }

  private static boolean run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // no such command
    }
  }

  @Test
  void aFullDiskKeepsNewWorkOutAndItComesBack() throws Exception {
    Path journal = disk.resolve("journal");
    Path filler = disk.resolve("filler");
    Path errors = folder.resolve("errors");
    Process host =
        new ProcessBuilder(
                ChildJvm.command(
                    FullDiskHost.class, journal.toString(), Integer.toString(LEAST_FREE)))
            .redirectError(errors.toFile())
            .start();
    List<String> said = new ArrayList<>();
    try (BufferedReader lines = host.inputReader();
        OutputStream stop = host.getOutputStream()) {
      for (int round = 0; round < 2; round++) {
        assertThat(next(lines, said, errors)).isEqualTo("admitted");
        fill(filler, LEAST_FREE - (1 << 20));
        assertThat(next(lines, said, errors)).isEqualTo("behind");
        assertThat(free(disk)).as("the journal keeps off the rest").isGreaterThan(LEAST_FREE / 2);
        fill(filler, 0); // nothing is written any more: now it may be full to the last byte
        assertThat(next(lines, said, errors)).isEqualTo("deadline");
        Files.delete(filler);
      }
      assertThat(next(lines, said, errors)).isEqualTo("admitted");
      stop.write('\n');
      stop.flush();
      while (!"closed".equals(said.getLast())) {
        String _ = next(lines, said, errors);
      }
    } finally {
      boolean ended = host.waitFor(60, TimeUnit.SECONDS);
      host.destroyForcibly();
      assertThat(ended).as(Files.readString(errors)).isTrue();
    }
    assertThat(host.exitValue()).as(Files.readString(errors)).isZero();
    Verification found = Verification.of(journal);
    assertThat(found.mismatch()).isNull();
    assertThat(found.endedInOrder()).isTrue();
    assertThat(found.runs()).isEqualTo(1);
  }

  private static String next(BufferedReader lines, List<String> said, Path errors)
      throws IOException {
    String line = lines.readLine();
    assertThat(line).as("after " + said + ": " + Files.readString(errors)).isNotNull();
    said.add(line);
    return line;
  }

  private static long free(Path path) throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  // Until no more than that is free. Slowly, as disks fill: the host looks every 50 ms.
  private static void fill(Path file, long left) throws IOException {
    ByteBuffer some = ByteBuffer.allocate(64 * 1024);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (free(file) > left) {
        channel.write(some.clear());
      }
    } catch (IOException e) {
      if (left > 0) {
        throw e; // else it is full
      }
    }
  }
}
