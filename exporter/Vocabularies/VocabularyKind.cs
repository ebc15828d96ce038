namespace CxrOnnx.Exporter.Vocabularies;

/// <summary>Which token ids the exported text encoder understands.</summary>
public enum VocabularyKind
{
    /// <summary>The whole embedding table, with the codebook's learned rows in place.</summary>
    Open,

    /// <summary>Only the rows of the codebook: a table of kilobytes instead of hundreds of megabytes.</summary>
    Closed,
}
