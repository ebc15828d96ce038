using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter.Vocabularies;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Vocabularies;

[Trait("Category", "slow")]
public class VocabularyTests
{
    // Not ascending, to tell rows from ids.
    private static readonly long[] ClosedIds = [7, 3, 59, 0, 20];
    private static readonly byte[] Learned = [1, 0, 1, 0, 0];

    private readonly TinyModel _model = new();

    [Fact]
    public void Closed_KnownIds_EqualsOpen()
    {
        string codebook = WriteCodebook();
        TestTensor open = Encode(
            _model.Options with
            {
                CodebookPath = codebook,
                Vocabulary = VocabularyKind.Open,
            },
            Ids(7, 3, 59, 0, 20, 7)
        );
        TestTensor closed = Encode(_model.Options with { CodebookPath = codebook }, Ids(7, 3, 59, 0, 20, 7));
        // The closed table is read by a product with exact ones and zeros: no rounding.
        Assert.Equal(open.Floats, closed.Floats);
    }

    [Fact]
    public void Closed_UnknownId_GivesNaNInThatPromptOnly()
    {
        long[] ids = new long[2 * 77];
        ids[3] = 8;
        TestTensor states = Encode(_model.Options with { CodebookPath = WriteCodebook() }, new TestTensor(ids, [2, 77]));
        int prompt = 77 * TinyModel.Width;
        Assert.DoesNotContain(states.Floats[..prompt], float.IsFinite);
        Assert.DoesNotContain(states.Floats[prompt..], float.IsNaN);
    }

    [Fact]
    public void Closed_TableInWeights_HasOnlyTheCodebooksRows()
    {
        BundleExportResult result = BundleExporter.Export(_model.Options with { CodebookPath = WriteCodebook() });
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(result.Folder, "weights.safetensors"));
        Assert.Equal([ClosedIds.Length, TinyModel.Width], weights.Tensors["text.text_model.embeddings.token_embedding.weight"].Shape);
    }

    [Fact]
    public void Open_LearnedRow_EqualsTextEncoderWithThatRow()
    {
        TestTensor learned = Encode(
            _model.Options with
            {
                CodebookPath = WriteCodebook(),
                Vocabulary = VocabularyKind.Open,
            },
            Ids(1, 7, 59, 2)
        );
        string changed = _model.Change(
            "text.safetensors",
            "text_model.embeddings.token_embedding.weight",
            table =>
            {
                for (int i = 0; i < TinyModel.Width; i++)
                {
                    table[7 * TinyModel.Width + i] += 0.25f;
                    table[59 * TinyModel.Width + i] += 0.25f;
                }
            }
        );
        TestTensor wanted = Encode(_model.Options with { TextEncoderPath = changed }, Ids(1, 7, 59, 2));
        Assert.Equal(wanted.Floats, learned.Floats);
        Assert.NotEqual(Encode(_model.Options, Ids(1, 7, 59, 2)).Floats, learned.Floats);
    }

    [Fact]
    public void Manifest_WithCodebook_NamesLearnedTokens()
    {
        BundleVocabulary vocabulary = BundleExporter.Export(_model.Options with { CodebookPath = WriteCodebook() }).Manifest.Vocabulary;
        Assert.Equal("none", vocabulary.Kind);
        Assert.Equal([0, 3, 7, 20, 59], vocabulary.TokenIds);
        Assert.Equal([new BundleToken(7, "token7</w>"), new BundleToken(59, "token59</w>")], vocabulary.LearnedTokens);
    }

    [Fact]
    public void Codebook_OfAnotherTextEncoder_IsRefused()
    {
        float[] rows = CodebookFixture.Rows(_model.PathOf("text.safetensors"), ClosedIds, Learned);
        rows[TinyModel.Width] += 1;
        string path = CodebookFixture.Write(_model.PathOf("codebook.safetensors"), ClosedIds, rows, Learned);
        AssertRefused("was tuned with another text encoder", path);
    }

    [Fact]
    public void Codebook_OfAnotherWidth_IsRefused() =>
        AssertRefused(
            "token_embedding.weight",
            CodebookFixture.Write(_model.PathOf("codebook.safetensors"), ClosedIds, new float[ClosedIds.Length * 8], Learned)
        );

    [Fact]
    public void Codebook_IdBeyondTheTable_IsRefused() =>
        AssertRefused(
            "token id 60 is outside the text encoder's 60 rows",
            CodebookFixture.Write(_model.PathOf("codebook.safetensors"), [3, 60], new float[2 * TinyModel.Width], [1, 1])
        );

    [Fact]
    public void Codebook_SameIdTwice_IsRefused() =>
        AssertRefused(
            "holds an id twice",
            CodebookFixture.Write(_model.PathOf("codebook.safetensors"), [3, 3], new float[2 * TinyModel.Width], [1, 1])
        );

    [Fact]
    public void Codebook_NaN_IsRefused()
    {
        float[] rows = new float[TinyModel.Width];
        rows[5] = float.NaN;
        AssertRefused("NaN", CodebookFixture.Write(_model.PathOf("codebook.safetensors"), [3], rows, [1]));
    }

    [Fact]
    public void Codebook_OtherNumberOfNames_IsRefused() =>
        AssertRefused(
            "1 token names for 2 ids",
            CodebookFixture.Write(_model.PathOf("codebook.safetensors"), [3, 4], new float[2 * TinyModel.Width], [1, 1], tokens: ["a"])
        );

    [Fact]
    public void Codebook_OtherFile_IsRefused() => AssertRefused("is not a codebook", _model.PathOf("text.safetensors"));

    [Fact]
    public void Closed_WithoutCodebookAndTokenizer_IsRefused() =>
        Assert.Contains(
            "needs `codebook` or `tokenizer`",
            Assert.Throws<InputException>(() => BundleExporter.Export(_model.Options with { Vocabulary = VocabularyKind.Closed })).Message,
            StringComparison.Ordinal
        );

    private static TestTensor Ids(params long[] first)
    {
        long[] ids = new long[77];
        first.CopyTo(ids, 0);
        return new TestTensor(ids, [1, 77]);
    }

    private static TestTensor Encode(BundleExportOptions options, TestTensor ids)
    {
        using OrtGraph encoder = new(Path.Combine(BundleExporter.Export(options with { Force = true }).Folder, "text_encoder.onnx"));
        return encoder.Run(("input_ids", ids))["last_hidden_state"];
    }

    private string WriteCodebook() =>
        CodebookFixture.Write(
            _model.PathOf("codebook.safetensors"),
            ClosedIds,
            CodebookFixture.Rows(_model.PathOf("text.safetensors"), ClosedIds, Learned),
            Learned
        );

    private void AssertRefused(string reason, string codebook) =>
        Assert.Contains(
            reason,
            Assert.Throws<ArtifactException>(() => BundleExporter.Export(_model.Options with { CodebookPath = codebook })).Message,
            StringComparison.Ordinal
        );
}
