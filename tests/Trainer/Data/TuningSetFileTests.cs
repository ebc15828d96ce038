using CxrOnnx.Core;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Data;

[Trait("Category", "quick")]
public sealed class TuningSetFileTests
{
    private const string Good = """{"image":"a/b.png","image_id":"b","study_id":"s1","prompt":"left pneumonia",""" + Rest;

    private const string Rest = """ "pathology":"pneumonia","locations":["left"],"split":"train"}""";

    [Fact]
    public void Read_WhatWasWritten_IsEqual()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        TuningSetEntry entry = new()
        {
            Image = "files/p10/p10000032/s50414267/x.jpg",
            ImageId = "x",
            StudyId = "s50414267",
            Prompt = "left lower pneumonia and lingular pneumonia",
            Pathology = "pneumonia",
            Locations = ["left lower", "lingular"],
            Split = TuningSetFile.Validate,
            Uncertain = true,
        };
        TuningSetFile.Write(folder.File("set.jsonl"), [entry, entry with { Split = TuningSetFile.Train }]);
        IReadOnlyList<TuningSetEntry> read = TuningSetFile.Read(folder.File("set.jsonl"));
        Assert.Equal(["validate", "train"], read.Select(item => item.Split));
        Assert.Equivalent(entry, read[0], strict: true);
        Assert.Contains("\"study_id\":\"s50414267\"", File.ReadAllText(folder.File("set.jsonl")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Good, "", "holds no samples")]
    [InlineData(Good, "{", "line 1: ")]
    [InlineData(Good, "null", "line 1: null")]
    [InlineData("}", "}\n{\"image\":\"a.png\"}", "line 2: ")]
    [InlineData("\"train\"", "\"test\"", "line 1: split 'test', want train or validate")]
    [InlineData("\"pneumonia\"", "\"flu\"", "pathology 'flu' is none of the eight")]
    [InlineData("[\"left\"]", "[\"left foot\"]", "location 'left foot' is none of the 27")]
    [InlineData("[\"left\"]", "[]", "locations is empty")]
    [InlineData("a/b.png", "../b.png", "image '../b.png' leaves the folder of the images")]
    [InlineData("a/b.png", "/b.png", "image '/b.png' leaves the folder of the images")]
    [InlineData("\"split\"", "\"colour\":1,\"split\"", "colour")]
    public void Read_WrongLine_IsRefusedWithItsNumber(string part, string replacement, string message)
    {
        using TemporaryFolder folder = ToyModel.Folder();
        File.WriteAllText(folder.File("set.jsonl"), Good.Replace(part, replacement, StringComparison.Ordinal));
        Assert.Contains(
            message,
            Assert.Throws<InputException>(() => TuningSetFile.Read(folder.File("set.jsonl"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void SplitOf_ManyPatients_KeepsTheShareAndNeverChanges()
    {
        string[] splits = [.. Enumerable.Range(10_000_000, 4000).Select(patient => TuningSetFile.SplitOf($"p{patient}", 0.1))];

        // Three standard deviations of a binomial share at n = 4,000 are 0.014.
        Assert.InRange(splits.Count(split => split == TuningSetFile.Validate) / 4000.0, 0.086, 0.114);
        Assert.Equal(TuningSetFile.Train, TuningSetFile.SplitOf("p10000032", 0));
        Assert.Equal(TuningSetFile.Validate, TuningSetFile.SplitOf("p10000032", 1));
        Assert.Equal(
            ["train", "validate", "train"],
            new[] { "p10000032", "p10000033", "p10000041" }.Select(patient => TuningSetFile.SplitOf(patient, 0.5))
        );
    }
}
