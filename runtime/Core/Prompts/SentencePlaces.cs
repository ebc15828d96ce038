namespace CxrOnnx.Core.Prompts;

/// <summary>Gives each finding of a sentence the places that its own part of the sentence names.</summary>
internal sealed class SentencePlaces
{
    // What lies beside a finding lies where it does.
    private static readonly HashSet<string> Beside =
    [
        "associated",
        "adjacent",
        "overlying",
        "underlying",
        "accompanying",
        "subjacent",
        "related",
        "compressive",
        "superimposed",
        "concomitant",
        "surrounding",
        "subsequent",
        "resultant",
        "resulting",
        "consequent",
        "ipsilateral",
    ];

    private const int WidestListGap = 4;

    private readonly IReadOnlyList<ReportWord> _words;
    private readonly IReadOnlyList<PathologyMention> _mentions;
    private readonly bool[] _isMasked;

    /// <summary>Divides a sentence.</summary>
    public SentencePlaces(IReadOnlyList<ReportWord> words, IReadOnlyList<PathologyMention> mentions)
    {
        _words = words;
        _mentions = mentions;
        Ends = Divide();
        _isMasked = PlaceMask.Of(words, mentions);
    }

    /// <summary>Where the words of each mention end.</summary>
    public int[] Ends { get; }

    /// <summary>The places of every mention.</summary>
    public IReadOnlyList<Location>[] Find()
    {
        IReadOnlyList<Location>[] found = [.. Enumerable.Range(0, _mentions.Count).Select(Own)];
        IReadOnlyList<Location>[] trailing = [.. Enumerable.Range(0, _mentions.Count).Select(i => Scan(_mentions[i].Last + 1, Ends[i]))];

        // "Consolidation and effusion at the left base": from the end, so that a list hands it on.
        for (int i = _mentions.Count - 2; i >= 0; i--)
        {
            bool nextHasItsOwn = Scan(Ends[i], _mentions[i + 1].First).Count > 0;
            if (found[i].Count == 0 && IsListed(i) && !nextHasItsOwn && trailing[i + 1].Count > 0)
            {
                trailing[i] = trailing[i + 1];
                found[i] = HandedPlaces.Fitting(_mentions[i].Pathology, trailing[i + 1]);
            }
        }

        for (int i = 1; i < _mentions.Count; i++)
        {
            if (_mentions[i].IsElliptic)
            {
                IReadOnlyList<Location> named = found[LastNamed(i)];
                found[i] = found[i].Count > 0 ? HandedPlaces.InZoneOfBoth(found[i], named) : [.. InOwnZone(i, named).Except(named)];
            }

            if (found[i].Count == 0 && !_mentions[i].IsElliptic && SharesBefore(i))
            {
                IReadOnlyList<Location> shared = HandedPlaces.Fitting(_mentions[i].Pathology, found[i - 1]);
                found[i] = IsOpposite(i) ? HandedPlaces.Opposite(shared) : InOwnZone(i, shared);
            }
        }

        for (int i = 0; i < _mentions.Count; i++)
        {
            if (found[i].Count == 0 && !_mentions[i].IsElliptic && _mentions[i].Pathology != Pathology.Cardiomegaly)
            {
                found[i] = HandedPlaces.OfDiaphragm(_words, i == 0 ? 0 : Ends[i - 1], _mentions[i].First);
            }
        }

        return found;
    }

    /// <summary>The places of the mention's clause, or of its whole part of the sentence if the clause names none.</summary>
    private IReadOnlyList<Location> Own(int index)
    {
        (int first, int end) = (index == 0 ? 0 : Ends[index - 1], Ends[index]);
        PathologyMention mention = _mentions[index];
        if (mention.Pathology == Pathology.Edema && mention.AfterSign > 0)
        {
            // "Perihilar opacities consistent with pulmonary edema": the place is the opacities'.
            first = Math.Max(first, mention.AfterSign);
        }

        int clauseFirst = mention.First,
            clauseEnd = mention.Last + 1;
        while (clauseFirst > first && !_words[clauseFirst - 1].IsClauseEnd)
        {
            clauseFirst--;
        }

        while (clauseEnd < end && !_words[clauseEnd].IsClauseEnd)
        {
            clauseEnd++;
        }

        // "Opacity concerning for pneumonia, left greater than right" compares the opacity's places.
        IReadOnlyList<Location> own =
            index > 0 && Compares(mention.Last + 1, clauseEnd) && SharesBefore(index)
                ? Scan(clauseFirst, mention.First)
                : Scan(clauseFirst, clauseEnd);
        if (index > 0 && own.Count == 0 && Compares(mention.Last + 1, clauseEnd))
        {
            return [];
        }

        return own.Count > 0 ? own : Scan(first, end);
    }

    /// <summary>"Left effusion with basal atelectasis": the side is handed on, the zone is its own.</summary>
    private IReadOnlyList<Location> InOwnZone(int index, IReadOnlyList<Location> shared)
    {
        Zone[] own =
        [
            .. Enumerable
                .Range(Ends[index - 1], Ends[index] - Ends[index - 1])
                .Where(i => !_isMasked[i] && LocationWords.Zones.ContainsKey(_words[i].Text))
                .Select(i => LocationWords.Zones[_words[i].Text])
                .Distinct(),
        ];
        Side[] sides = [.. shared.Select(place => place.Zone == Zone.Lingula ? Side.Left : place.Side).Distinct()];
        return own is [var zone] && sides is [(Side.Left or Side.Right or Side.Bilateral) and var side]
            ? [Location.Of(side, zone)]
            : shared;
    }

    private int LastNamed(int index)
    {
        while (index > 0 && _mentions[index].IsElliptic)
        {
            index--;
        }

        return index;
    }

    private bool IsOpposite(int index) =>
        _words
            .Skip(_mentions[index - 1].Last + 1)
            .Take(_mentions[index].First - _mentions[index - 1].Last - 1)
            .LastOrDefault(word => word.Text is "contralateral" or "opposite" or "ipsilateral")
            .Text
            is "contralateral"
                or "opposite";

    private bool Compares(int first, int end) =>
        _words
            .Skip(first)
            .Take(Math.Max(0, end - first))
            .Any(word => word.Text is "greater" or "more" or "larger" or "worse" or "less" or ">");

    private IReadOnlyList<Location> Scan(int first, int end) => LocationScanner.Scan(_words, first, end, index => _isMasked[index]);

    /// <summary>Where the words of each mention end: before what explains it, or at the last separator before the next mention.</summary>
    private int[] Divide()
    {
        int[] ends = new int[_mentions.Count];
        for (int i = 0; i < _mentions.Count - 1; i++)
        {
            int first = _mentions[i].Last + 1,
                next = _mentions[i + 1].FirstWithSign;
            int cut = next - 1;
            while (cut >= first && !_words[cut].IsSeparator)
            {
                cut--;
            }

            // "Atelectasis with a small left and trace right effusion": both sides are of the effusion.
            while (cut > first && JoinsSides(cut, next))
            {
                cut--;
                while (cut >= first && !_words[cut].IsSeparator)
                {
                    cut--;
                }
            }

            int explained = first;
            while (
                explained < next
                && _words[explained].Text is not ("from" or "where" or "when" or "no")
                && !(_words[explained].Text == "without" && _words[explained - 1].Text != "or")
                && !SignsAndDiagnoses.IsInterpretation(_words, explained)
            )
            {
                explained++;
            }

            // Without a separator the words between describe what follows: "left effusion right basilar atelectasis".
            ends[i] =
                _mentions[i + 1].IsElliptic ? next
                : explained < next ? explained
                : Math.Max(cut, first);
        }

        ends[^1] = _words.Count;
        return ends;
    }

    private bool JoinsSides(int joint, int next) =>
        _words[joint].Text is "and" or ","
        && _words[joint - 1].Text is "left" or "right"
        && joint > 1
        && SentenceWords.Qualities.Contains(_words[joint - 2].Text)
        && _words.Skip(joint + 1).Take(Math.Min(3, next - joint - 1)).Any(word => word.Text is "left" or "right");

    private bool IsListed(int left)
    {
        int first = _mentions[left].Last + 1,
            end = _mentions[left + 1].First;
        bool isOr = end > first && _words[end - 1].Text == "or";
        return end - first >= 0
            && end - first < WidestListGap + (isOr ? 2 : 0)
            && !_mentions[left + 1].IsElliptic
            && !_words.Skip(first).Take(end - first).Any(word => word.IsClauseEnd || SentenceWords.Verbs.Contains(word.Text));
    }

    private bool SharesBefore(int index)
    {
        int first = _mentions[index - 1].Last + 1,
            end = _mentions[index].First;
        bool explains = Enumerable
            .Range(first, Math.Max(0, end - first))
            .Any(i => SignsAndDiagnoses.IsInterpretation(_words, i) || _words[i].Text == "from");
        bool isBeside = _words.Skip(first).Take(Math.Max(0, end - first)).Any(word => Beside.Contains(word.Text) && !word.IsClauseEnd);
        bool isEdema = _mentions[index].Pathology == Pathology.Edema;
        return _mentions[index - 1].Pathology != Pathology.Cardiomegaly
            && !isEdema
            && (IsListed(index - 1) || explains || isBeside || IsFluidBeside(index, first, end));
    }

    /// <summary>
    /// "Volume loss in the left lower lobe and a small effusion", "density in the right upper lobe with volume loss": both lie beside what
    /// they are named with.
    /// </summary>
    private bool IsFluidBeside(int index, int first, int end)
    {
        int joint = end - 1;
        while (joint >= first && !_words[joint].IsSeparator)
        {
            joint--;
        }

        return (_mentions[index].Pathology == Pathology.PleuralEffusion || _mentions[index].IsVolumeLoss)
            && joint >= first
            && _words[joint].Text is "and" or "with"
            && end - joint <= 3
            && !_words
                .Skip(first)
                .Take(end - first)
                .Any(word => word.IsClauseEnd || word.Text is "no" or "not" || SentenceWords.Verbs.Contains(word.Text));
    }
}
