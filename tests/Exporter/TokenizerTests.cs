using System.Diagnostics;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Exporter.Vocabularies;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

/// <summary>Bundles with the tokenizer that ships with the repository.</summary>
[Trait("Category", "process")]
public class TokenizerTests
{
    private const int ClipVocabulary = 49408;

    private static string TokenizerPath => Path.Combine(Fixtures.Repository, "models", "tokenizer");

    [Fact]
    public void Export_WithTokenizer_CopiesItAndStatesItsIds()
    {
        BundleExportResult result = BundleExporter.Export(new TinyModel(ClipVocabulary).Options with { TokenizerPath = TokenizerPath });
        Assert.Equal(("open", 49406, 49407, 0), Ids(result.Manifest.Vocabulary));
        foreach (string file in (string[])["vocab.json", "merges.txt"])
        {
            Assert.Equal(
                Sha256.OfFile(Path.Combine(TokenizerPath, file)),
                result.Manifest.Files.Single(entry => entry.Path == $"tokenizer/{file}").Sha256
            );
        }
    }

    [Fact]
    public void Export_ClosedWithoutCodebook_KeepsTheStandardPromptsRows()
    {
        TinyModel model = new(ClipVocabulary);
        ClipTokenizer tokenizer = ClipTokenizer.Load(TokenizerPath);
        long[] ids = tokenizer.Encode("left lower pleural effusion").Ids;
        BundleExportOptions options = model.Options with { TokenizerPath = TokenizerPath };
        BundleExportResult closed = BundleExporter.Export(options with { Vocabulary = VocabularyKind.Closed });
        Assert.Equal("closed", closed.Manifest.Vocabulary.Kind);
        Assert.Equal(46, closed.Manifest.Vocabulary.TokenIds.Count);
        Assert.Empty(closed.Manifest.Vocabulary.LearnedTokens);
        BundleExportResult open = BundleExporter.Export(options with { OutputPath = model.PathOf("open") });
        // A product with exact ones and zeros against a table look-up: the same bits.
        Assert.Equal(Encode(open, ids), Encode(closed, ids));
    }

    [Fact]
    public void Export_CodebookWithOtherNames_IsRefused()
    {
        TinyModel model = new(ClipVocabulary);
        string codebook = CodebookFixture.Write(
            model.PathOf("codebook.safetensors"),
            [320, 1823],
            new float[2 * TinyModel.Width],
            [1, 1],
            tokens: ["a</w>", "cat</w>"]
        );
        string message = Assert
            .Throws<ArtifactException>(() =>
                BundleExporter.Export(model.Options with { TokenizerPath = TokenizerPath, CodebookPath = codebook })
            )
            .Message;
        Assert.Contains("another tokenizer", message, StringComparison.Ordinal);
        Assert.Contains("1823 is 'cat</w>' in the codebook", message, StringComparison.Ordinal);
        Assert.DoesNotContain("320", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_TokenizerOfALargerVocabulary_IsRefused() =>
        Assert.Contains(
            "has 49408 tokens, the text encoder only 60 rows",
            Assert
                .Throws<ArtifactException>(() => BundleExporter.Export(new TinyModel().Options with { TokenizerPath = TokenizerPath }))
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Graphs_OnnxChecker_AcceptsThem()
    {
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Python) && Check(Python, "import onnx") == 0, "python3-onnx is not installed");
        string folder = BundleExporter.Export(new TinyModel().Options).Folder;
        foreach (string graph in (string[])["text_encoder", "vae_encoder", "denoiser", "attention"])
        {
            Assert.Equal(
                0,
                Check(Python, $"import onnx; onnx.checker.check_model(r'{folder}/{BundleLayout.FileOf(graph)}', full_check=True)")
            );
        }
    }

    private static int Check(string python, string code)
    {
        using Process process = Process.Start(new ProcessStartInfo(python, ["-c", code]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private static (string, int, int, int) Ids(BundleVocabulary vocabulary) =>
        (vocabulary.Kind, vocabulary.BosId, vocabulary.EosId, vocabulary.PadId);

    private static float[] Encode(BundleExportResult bundle, long[] ids)
    {
        using OrtGraph encoder = new(Path.Combine(bundle.Folder, "text_encoder.onnx"));
        return encoder.Run(("input_ids", new TestTensor(ids, [1, 77])))["last_hidden_state"].Floats;
    }
}
