namespace CxrOnnx.Trainer.Phantom;

/// <summary>Sites of a location name.</summary>
internal static class LocationNames
{
    private static readonly (string Word, PhantomZone Zone)[] Zones =
    [
        ("apical", PhantomZone.Apical),
        ("upper", PhantomZone.Upper),
        ("middle", PhantomZone.Middle),
        ("lower", PhantomZone.Lower),
        ("costophrenic", PhantomZone.Costophrenic),
        ("pleural", PhantomZone.Pleural),
        ("base", PhantomZone.Base),
        ("basilar", PhantomZone.Base),
    ];

    /// <summary>The sites of one of the 27 locations; null for any other text.</summary>
    public static IReadOnlyList<FindingSite>? Sites(string location)
    {
        switch (location)
        {
            case "bibasilar":
                return [new(0, PhantomZone.Base), new(1, PhantomZone.Base)];
            case "lingular":
                return [new(1, PhantomZone.Lingular)];
            case "cardiomegaly":
                return [new(1, PhantomZone.Heart)];
            case "pulmonary":
                return [new(0, PhantomZone.Pulmonary), new(1, PhantomZone.Pulmonary)];
        }

        int space = location.IndexOf(' ', StringComparison.Ordinal);
        string side = space < 0 ? location : location[..space];
        PhantomZone zone = PhantomZone.Whole;
        if (space >= 0)
        {
            string word = location[(space + 1)..];
            int index = Array.FindIndex(Zones, entry => entry.Word == word);
            if (index < 0)
            {
                return null;
            }

            zone = Zones[index].Zone;
        }

        return side switch
        {
            "right" => [new(0, zone)],
            "left" => [new(1, zone)],
            "bilateral" => [new(0, zone), new(1, zone)],
            _ => null,
        };
    }
}
