namespace CxrOnnx.Core.Prompts;

/// <summary>
/// Reads the locations out of a stretch of words: "right upper and left lower lobes", "base of the left lung", "RML", "both apices".
/// </summary>
internal sealed class LocationScanner
{
    // Words from a side to the thing that has it: "right internal jugular catheter".
    private const int FarthestThing = 5;

    private readonly List<Location> _found = [];
    private readonly List<(Side Side, int At)> _sides = [];
    private readonly List<Zone> _waitingZones = [];
    private bool _sidesUsed;
    private bool _with;
    private bool _waitingIsPlural;
    private bool _compared;
    private Zone? _lesser;
    private bool _emphasized;
    private bool _emphasizedPlace;
    private int _wholeLungs;
    private int _at;
    private int _sideAt;
    private int _nameAt = -1;
    private int _zoneAt;
    private int _zoneCount;
    private int _foundWithZone;
    private bool _isOn;
    private bool _sideIsOn;

    private LocationScanner() { }

    /// <summary>The locations of a stretch of words, in order, each once; left and right of one zone merged.</summary>
    /// <param name="words">The sentence.</param>
    /// <param name="first">Where the stretch begins.</param>
    /// <param name="end">The first word after it.</param>
    /// <param name="isNameOfFinding">Whether a word is not to be read: it is part of a name, or of what is said of healthy parts.</param>
    public static IReadOnlyList<Location> Scan(IReadOnlyList<ReportWord> words, int first, int end, Func<int, bool> isNameOfFinding)
    {
        LocationScanner scanner = new();
        for (int i = first; i < end; i++)
        {
            scanner._nameAt = isNameOfFinding(i) ? i : scanner._nameAt;
            if (words[i].IsAnatomy && !isNameOfFinding(i))
            {
                scanner._at = i;
                scanner._isOn = i > 0 && (words[i - 1].Text == "on" || (i > 1 && words[i - 1].Text == "the" && words[i - 2].Text == "on"));
                scanner.Read(words[i].Text, i + 1 < words.Count ? words[i + 1].Text : "", SideFollows(words, i));
            }
        }

        scanner.Finish();
        return Merge(scanner._found);
    }

    /// <summary>Merges left and right of a zone into bilateral and drops what a bilateral location covers; keeps the order.</summary>
    public static IReadOnlyList<Location> Merge(IEnumerable<Location> locations)
    {
        List<Location> result = [.. locations.Distinct()];
        foreach (Zone zone in result.Select(location => location.Zone).Distinct().ToList())
        {
            bool Has(Side side) => result.Any(location => location.Zone == zone && location.Side == side);
            if (Has(Side.Bilateral) || (Has(Side.Left) && Has(Side.Right)))
            {
                int place = result.FindIndex(location => location.Zone == zone);
                result.RemoveAll(location => location.Zone == zone);
                result.Insert(place, Location.Of(Side.Bilateral, zone));
            }
        }

        return result;
    }

    /// <summary>Whether the words after a zone say on which side it is: "in the lower lobe on the right".</summary>
    private static bool SideFollows(IReadOnlyList<ReportWord> words, int zone)
    {
        for (int i = zone + 1; i < Math.Min(words.Count, zone + 5) && !words[i].IsSeparator; i++)
        {
            if (words[i].Text is "on" or "of")
            {
                int side = i + 1 < words.Count && words[i + 1].Text == "the" ? i + 2 : i + 1;
                return side < words.Count && LocationWords.SideOf(words[side].Text) is not null;
            }
        }

        return false;
    }

    private void Read(string word, string next, bool sideFollows)
    {
        if (LocationWords.WholeLocations.TryGetValue(word, out Location? location))
        {
            _found.Add(location);

            _wholeLungs = 0;

            // "Right greater than left bibasilar": the sides are said already.
            _sides.Clear();
        }
        else if (word == "pulmonary" && next is "edema" or "oedema" or "interstitial" or "vascular")
        {
            _found.Add(Location.Pulmonary);
        }
        else if (word == "pleural" && OtherThings.IsOfPleura(next))
        {
            // "Effusion or chronic pleural change" is at no other place.
        }
        else if ((LocationWords.SideOf(word) ?? (word == "b" && MentionVocabulary.IsName(next) ? Side.Bilateral : null)) is { } side)
        {
            ReadSide(side, LocationWords.IsPlace(next) || next is "lung" or "hemithorax");
        }
        else if (word == "middle" && next == "lobe" && _sides.Count == 0)
        {
            // Only the right lung has one.
            _found.Add(Location.Of(Side.Right, Zone.Middle));
        }
        else if (LocationWords.Zones.TryGetValue(word, out Zone zone))
        {
            ReadZone(zone, LocationWords.Plurals.Contains(word), sideFollows);
        }
        else if (word is "lobes" or "zones" or "angles" or "sulci" or "lungs" or "fields" && _waitingZones.Count > 0)
        {
            _waitingIsPlural = true;
        }
        else if (
            word is "lung" or "lungs" or "hemithorax" or "hemithoraces" or "side"
            && next is not ("base" or "bases" or "apex" or "apices" or "zone" or "zones" or ":")
        )
        {
            FlushLungs();
        }
        else if (word is "degree" or "extent" && _found.Count > 0)
        {
            _lesser = _found[^1].Zone;
        }
        else if (word == "and" && next is "in" or "at" && _sideIsOn)
        {
            // "On the left and in the right upper lobe".
            FlushSides();
        }
        else if (word == "with")
        {
            _with = true;
        }
        else if (word is "greater" or "more" or "larger" or "worse" or "less" or ">")
        {
            _compared = true;
        }
        else if (word is "worst" or "most" or "mostly" or "especially" or "predominantly" or "particularly" or "greatest" or "and")
        {
            _emphasized = true;
            _emphasizedPlace = next is "in" or "at";
        }
        else if (OtherThings.HasOwnSide(word) && _zoneCount > 0 && _at - _zoneAt <= 2 && _found.Count == _foundWithZone)
        {
            // "Right upper lobectomy", "left lower rib fractures".
            _found.RemoveRange(_found.Count - _zoneCount, _zoneCount);
            _zoneCount = 0;
        }
        else if (OtherThings.HasOwnSide(word) && !_sidesUsed && _at - _sideAt <= FarthestThing && _nameAt < _sideAt)
        {
            DropSidesOfThing();
        }
    }

    /// <summary>"Right effusion, left chest tube" has one side of the thing; "right and left chest tubes" have two.</summary>
    private void DropSidesOfThing()
    {
        while (_sides.Count > 0)
        {
            int at = _sides[^1].At;
            _sides.RemoveAt(_sides.Count - 1);
            if (_sides.Count == 0 || at - _sides[^1].At > 2)
            {
                return;
            }
        }
    }

    private void ReadSide(Side side, bool zoneFollows)
    {
        if (_with && !_sidesUsed && _sides.Count > 0 && _sides.All(known => known.Side != side))
        {
            // "Predominantly left, with minor changes at the right base".
            FlushSides();
        }

        if (_emphasizedPlace && zoneFollows && !_sidesUsed && _sides is [{ Side: Side.Bilateral }])
        {
            // "Bilateral opacities, worst in the left upper lobe".
            FlushSides();
        }

        _with = false;
        _emphasizedPlace = false;
        _wholeLungs = 0;
        _sideAt = _at;
        _sideIsOn = _isOn;
        if (_lesser is { } zone && side is Side.Left or Side.Right && _waitingZones.Count == 0 && !zoneFollows)
        {
            // "In the left base and to a lesser degree the right".
            _found.Add(zone is Zone.Lingula or Zone.Heart or Zone.Pulmonary ? Location.Of(side, Zone.Lung) : Location.Of(side, zone));
            _lesser = null;
            _sides.Clear();
            return;
        }

        if (_waitingZones.Count > 0)
        {
            // "Bases on the left", "base of the right lung".
            _found.AddRange(_waitingZones.Select(zone => Location.Of(side, zone)));
            _waitingIsPlural = false;
            _waitingZones.Clear();
            _sides.Clear();
            _sides.Add((side, _at));
            _sidesUsed = true;
            return;
        }

        if (_sidesUsed)
        {
            _sides.Clear();
            _sidesUsed = false;
        }

        _sides.Add((side, _at));
    }

    private void ReadZone(Zone zone, bool isPlural, bool sideFollows)
    {
        if (_sides.Count == 0 || (sideFollows && _sidesUsed))
        {
            _waitingZones.Add(zone);
            _waitingIsPlural |= isPlural;
            return;
        }

        if (_wholeLungs > 0 && !_emphasized)
        {
            // "The right lung shows a consolidation in the lower lobe" means that lobe and not the lung.
            _found.RemoveRange(_found.Count - _wholeLungs, _wholeLungs);
        }

        _wholeLungs = 0;
        _found.AddRange(_sides.Select(known => Location.Of(known.Side, zone)));
        (_zoneAt, _zoneCount, _foundWithZone) = (_at, _sides.Count, _found.Count);
        _sidesUsed = true;
    }

    private void FlushLungs()
    {
        int before = _found.Count;
        FlushSides();
        _wholeLungs = _found.Count - before;
        _emphasized = false;
    }

    private void FlushSides()
    {
        if (!_sidesUsed)
        {
            _found.AddRange(_sides.Select(known => Location.Of(known.Side, Zone.Lung)));
            _sidesUsed = _sides.Count > 0;
        }
    }

    private void Finish()
    {
        // "Lower lobes" without a side are both; a single lobe without one stays unknown.
        if (_waitingIsPlural)
        {
            _found.AddRange(_waitingZones.Select(zone => Location.Of(Side.Bilateral, zone)));
        }

        // "Bilateral apical opacities, left greater than right": the sides only compare what has been said.
        if (!_compared || _found.Count == 0)
        {
            FlushSides();
        }
    }
}
