namespace Silo.Core.ProviderData;

/// <summary>What a file of a provider may be at most. Beyond bytes and depth it is refused, beyond the others the rest is not looked at.</summary>
public static class ProviderDataLimits
{
    /// <summary>4 MiB: SNDS has some hundred bytes for each address and day.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    public const int MaxJsonDepth = 16;

    /// <summary>Entries of an answer of Google, and rows of SNDS.</summary>
    public const int MaxEntries = 20_000;

    /// <summary>Feedback loops of a domain on one day.</summary>
    public const int MaxLoops = 1_000;

    /// <summary>Characters of the name of a feedback loop.</summary>
    public const int MaxLoopCharacters = 256;

    /// <summary>Characters of a field of SNDS that are kept.</summary>
    public const int MaxFieldCharacters = 256;

    /// <summary>Days that are kept of a domain or an address.</summary>
    public const int MaxDays = 31;
}
