namespace CxrOnnx.Trainer.Phantom;

/// <summary>The zone words of the location dictionary, as the painters need them.</summary>
internal enum PhantomZone
{
    Whole,
    Apical,
    Upper,
    Middle,
    Lower,
    Costophrenic,
    Pleural,
    Base,
    Lingular,
    Heart,
    Pulmonary,
}
