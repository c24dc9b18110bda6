package io.headgate;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Turns a {@link Handler}'s argument into bytes for the journal, and back after a crash. Encodes on
 * the submitter's thread, decodes on the one that calls {@link Headgate#recover()}; used by any
 * number of threads at once.
 *
 * @param <A> what is written
 */
public interface Codec<A> {
  /** Texts, in UTF-8. */
  Codec<String> UTF_8 =
      of(
          text -> text.getBytes(StandardCharsets.UTF_8),
          bytes -> new String(bytes, StandardCharsets.UTF_8));

  /** The bytes, which nobody changes any more. */
  byte[] encode(A value);

  /** What was encoded; if that throws, the task is lost. */
  A decode(byte[] bytes);

  /** One of two functions. */
  static <A> Codec<A> of(Function<A, byte[]> encoder, Function<byte[], A> decoder) {
    Objects.requireNonNull(encoder, "encoder is null; give what makes bytes");
    Objects.requireNonNull(decoder, "decoder is null; give what reads them");
    return new Codec<>() {
      @Override
      public byte[] encode(A value) {
        return encoder.apply(value);
      }

      @Override
      public A decode(byte[] bytes) {
        return decoder.apply(bytes);
      }
    };
  }

  /**
   * The same, encrypted: what stands in the journal is what {@code seal} makes of the bytes. Keys
   * are the host's to keep.
   */
  default Codec<A> sealed(UnaryOperator<byte[]> seal, UnaryOperator<byte[]> open) {
    Objects.requireNonNull(seal, "seal is null; give what encrypts");
    Objects.requireNonNull(open, "open is null; give what decrypts");
    return of(value -> seal.apply(encode(value)), bytes -> decode(open.apply(bytes)));
  }

  /**
   * The same for what {@code redact} leaves of the argument: that alone is written, and that alone
   * comes back.
   */
  default Codec<A> redacted(UnaryOperator<A> redact) {
    Objects.requireNonNull(redact, "redact is null; give what leaves secrets out");
    return of(value -> encode(redact.apply(value)), this::decode);
  }
}
