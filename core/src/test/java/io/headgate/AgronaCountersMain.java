package io.headgate;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/** Prints a counters file as Agrona's own reader sees it. */
final class AgronaCountersMain {
  private AgronaCountersMain() {}

  public static void main(String[] arguments) throws IOException {
    try (FileChannel file = FileChannel.open(Path.of(arguments[0]))) {
      var bytes =
          file.map(FileChannel.MapMode.READ_ONLY, 0, file.size()).order(ByteOrder.nativeOrder());
      var metadata = new UnsafeBuffer(bytes, bytes.getInt(8), bytes.getInt(12));
      var values = new UnsafeBuffer(bytes, bytes.getInt(16), bytes.getInt(20));
      new CountersReader(metadata, values)
          .forEach((value, id, label) -> System.out.println(label + "=" + value));
    }
  }
}
