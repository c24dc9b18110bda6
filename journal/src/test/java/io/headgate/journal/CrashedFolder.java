package io.headgate.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A journal's folder as kill -9 would leave it: a copy, made while its writer goes on. */
final class CrashedFolder {
  private CrashedFolder() {}

  static Path of(Path journal, Path copy) throws IOException {
    Files.createDirectory(copy);
    try (Stream<Path> files = Files.list(journal)) {
      for (Path file : files.toList()) {
        try {
          Files.copy(file, copy.resolve(file.getFileName()));
        } catch (NoSuchFileException _) {
          // a snapshot that has got its name meanwhile
        }
      }
    }
    return copy;
  }
}
