using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace CxrOnnx.Core;

/// <summary>Builds text that reads the same in every country: documents, pages, pictures.</summary>
public static class InvariantText
{
    /// <summary>Appends interpolated text whose numbers are written in the invariant culture.</summary>
    /// <param name="builder">Where to.</param>
    /// <param name="text">The text.</param>
    public static StringBuilder AppendInvariant(
        this StringBuilder builder,
        [InterpolatedStringHandlerArgument(nameof(builder))] ref Handler text
    ) => text.Builder;

    /// <summary>What the compiler turns the interpolated text of <see cref="AppendInvariant"/> into.</summary>
    /// <param name="literalLength">Letters outside the holes.</param>
    /// <param name="formattedCount">Number of holes.</param>
    /// <param name="builder">Where to.</param>
    [InterpolatedStringHandler]
    public ref struct Handler(int literalLength, int formattedCount, StringBuilder builder)
    {
        private StringBuilder.AppendInterpolatedStringHandler _inner = new(
            literalLength,
            formattedCount,
            builder,
            CultureInfo.InvariantCulture
        );

        internal StringBuilder Builder { get; } = builder;

        /// <summary>Appends text.</summary>
        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        /// <summary>Appends a value.</summary>
        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        /// <summary>Appends a value in a format.</summary>
        public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);

        /// <summary>Appends a value, padded.</summary>
        public void AppendFormatted<T>(T value, int alignment) => _inner.AppendFormatted(value, alignment);

        /// <summary>Appends a value in a format, padded.</summary>
        public void AppendFormatted<T>(T value, int alignment, string? format) => _inner.AppendFormatted(value, alignment, format);
    }
}
