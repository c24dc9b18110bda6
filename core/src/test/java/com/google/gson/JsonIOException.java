package com.google.gson;

import org.jspecify.annotations.Nullable;

/** Stands for Gson's own, for streams that break. */
@SuppressWarnings("serial") // nobody writes it
public class JsonIOException extends JsonParseException {
  /** With its cause, or none. */
  public JsonIOException(@Nullable Throwable cause) {
    super(cause);
  }
}
