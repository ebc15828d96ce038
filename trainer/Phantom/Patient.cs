namespace CxrOnnx.Phantom;

/// <summary>
/// One patient's geometry. Sides: 0 is the patient's right lung (image left), 1 the left. Along a side, <c>u</c> is the distance from the
/// midline, so the same formulas serve both.
/// </summary>
internal sealed class Patient
{
    private readonly Curve[] _lateral = new Curve[2];
    private readonly Curve[] _lateralCosine = new Curve[2];
    private readonly Curve[] _medial = new Curve[2];
    private readonly float[] _domeHeight = new float[2];
    private readonly float[] _domeCentre = new float[2];

    public Patient(PhantomRandom random, PhantomSettings settings, float heartScale, ReadOnlySpan<float> diaphragmRaise)
    {
        Female = random.Chance(0.5f);
        Habitus = Math.Clamp(settings.Habitus + random.Around(0.7f), 0f, 1f);
        Midline = random.Around(0.022f);
        float chest = 0.375f + random.Around(0.032f) - (Female ? 0.012f : 0f);
        float apex = 0.125f + random.Around(0.028f);
        float breath = 0.79f + random.Around(0.05f) - (0.045f * settings.PoorInspiration);
        ChestWall = 0.042f + (0.045f * Habitus);
        for (int side = 0; side < 2; side++)
        {
            float reach = chest * (1f + random.Around(0.05f));
            float top = apex + random.Around(0.012f);
            float apexAt = 0.145f + random.Around(0.015f);
            float shape = 0.53f + random.Around(0.08f);
            Apex[side] = top;
            Dome[side] = breath + (side == 1 ? 0.024f : 0f) + random.Around(0.016f) - diaphragmRaise[side];
            Base[side] = Dome[side] + 0.085f + random.Around(0.02f) + (0.5f * diaphragmRaise[side]);
            _domeHeight[side] = Base[side] - Dome[side];
            _domeCentre[side] = 0.175f + random.Around(0.025f);
            Reach[side] = reach;
            float span = Base[side] - top;
            float Lateral(float y)
            {
                float h = Math.Clamp((y - top) / span, 0f, 1.2f);
                float open = h >= 1f ? 1f : MathF.Pow(1f - MathF.Pow(1f - h, 3.1f), shape);
                return apexAt + ((reach - apexAt) * open);
            }

            _lateral[side] = new Curve(-0.3f, 1.3f, Lateral);
            _lateralCosine[side] = new Curve(
                -0.3f,
                1.3f,
                y =>
                {
                    float slope = (Lateral(y + 0.006f) - Lateral(y - 0.006f)) / 0.012f;
                    return 1f / MathF.Sqrt(1f + (slope * slope));
                }
            );
            _medial[side] = new Curve(
                -0.3f,
                1.3f,
                y =>
                {
                    float h = Math.Clamp((y - top) / span, 0f, 1f);
                    return 0.046f + ((apexAt - 0.05f) * MathF.Pow(1f - h, 8f));
                }
            );
        }

        float bend = random.Around(0.014f);
        float phase = random.Range(0f, 6.28f);
        Spine = new Curve(-0.3f, 1.3f, y => Midline + (bend * MathF.Sin((y * 4f) + phase)));
        SpineHalfWidth = 0.036f + random.Around(0.005f);
        VertebraPitch = 0.062f + random.Around(0.006f);
        VertebraPhase = random.Unit();
        HeartScale = heartScale;
        HeartX = Midline + random.Around(0.012f);
        HeartY = Math.Max(Dome[0], Dome[1]) - 0.108f + random.Around(0.02f);
        HeartWidth = heartScale * (1f + random.Around(0.09f)) * (0.85f + (0.15f * chest / 0.375f));
        HeartHeight = (0.5f + (0.5f * heartScale)) * (1f + random.Around(0.10f));
        KnobRadius = 0.034f + random.Around(0.009f);
        MediastinumWidth = 1f + random.Around(0.18f) + (0.15f * Habitus);
        Heart = new HeartShape(this);
        Body = new Curve(-0.3f, 1.3f, BodyHalfWidth);
    }

    public bool Female { get; }

    /// <summary>0 slim, 1 heavy.</summary>
    public float Habitus { get; }

    public float Midline { get; }

    public float ChestWall { get; }

    /// <summary>Top of each lung.</summary>
    public float[] Apex { get; } = new float[2];

    /// <summary>Highest point of each diaphragm dome.</summary>
    public float[] Dome { get; } = new float[2];

    /// <summary>Bottom of each costophrenic angle.</summary>
    public float[] Base { get; } = new float[2];

    /// <summary>Greatest lateral extent of each lung from the midline.</summary>
    public float[] Reach { get; } = new float[2];

    public Curve Spine { get; }

    public float SpineHalfWidth { get; }

    public float VertebraPitch { get; }

    public float VertebraPhase { get; }

    public float HeartScale { get; }

    public float HeartX { get; }

    public float HeartY { get; }

    public float HeartWidth { get; }

    public float HeartHeight { get; }

    public float KnobRadius { get; }

    public float MediastinumWidth { get; }

    public HeartShape Heart { get; }

    /// <summary>Half width of neck, shoulders and trunk at a height.</summary>
    public Curve Body { get; }

    /// <summary>Height of the hila.</summary>
    public float HilumY => Apex[1] + (0.47f * (Dome[1] - Apex[1]));

    /// <summary>Signed x of a point at distance <paramref name="u"/> from the midline on a side.</summary>
    public float X(int side, float u) => Midline + (side == 0 ? -u : u);

    /// <summary>Outer lung border, as a distance from the midline.</summary>
    public float Lateral(int side, float y) => _lateral[side][y];

    /// <summary>Inner lung border, as a distance from the midline.</summary>
    public float Medial(int side, float y) => _medial[side][y];

    /// <summary>Distance to the outer chest wall (or above, the apex), measured across the wall; negative outside the lung.</summary>
    public float WallDistance(int side, float u, float y) => (_lateral[side][y] - u) * _lateralCosine[side][y];

    /// <summary>Height of the diaphragm at a distance from the midline.</summary>
    public float Diaphragm(int side, float u)
    {
        float off = (u - _domeCentre[side]) / (Reach[side] - _domeCentre[side]);
        float drop = off > 0f ? off * off * _domeHeight[side] : 0.45f * off * off * _domeHeight[side];
        return Dome[side] + drop;
    }

    /// <summary>Signed distance (positive inside) from the border of a lung.</summary>
    public float LungDepth(int side, float u, float y)
    {
        float inside = Math.Min(Math.Min(WallDistance(side, u, y), u - _medial[side][y]), y - Apex[side]);
        return Math.Min(inside, 0.85f * (Diaphragm(side, u) - y));
    }

    /// <summary>
    /// The patient point at a relative height (0 apex, 1 diaphragm) and relative breadth (0 medial, 1 lateral) of a lung.
    /// </summary>
    public (float X, float Y) InLung(int side, float height, float breadth)
    {
        float u = 0.2f;
        float y = 0.5f;
        // Breadth decides the diaphragm's height and height decides the breadth's ends: three rounds settle it.
        for (int i = 0; i < 3; i++)
        {
            y = Apex[side] + (height * (Diaphragm(side, u) - Apex[side]));
            float inner = Medial(side, y);
            u = inner + (breadth * (Lateral(side, y) - inner));
        }

        return (X(side, u), y);
    }

    private float BodyHalfWidth(float y)
    {
        float neck = 0.095f + (0.03f * Habitus);
        float shoulders = 0.44f + (0.05f * Habitus);
        float slope = Shade.Smooth(0.0f, 0.235f, y - (0.012f * Habitus) + 0.02f);
        float top = neck + ((shoulders - neck) * MathF.Pow(slope, 0.75f));
        float wall = ChestWall + (0.018f * Shade.Smooth(0.55f, 1.05f, y)) + (0.05f * Shade.Smooth(0.38f, 0.14f, y));
        float trunk = Math.Max(Lateral(0, y), Lateral(1, y)) + wall;
        return y < 0.16f ? top : Math.Max(trunk, top * Shade.Smooth(0.42f, 0.2f, y));
    }
}
