namespace Silo.Orleans.Wire;

/// <summary>Lists cross as arrays: a list that the compiler made for a collection expression has a type that no serializer knows.</summary>
internal static class Arrays
{
    public static T[] Of<T>(IReadOnlyList<T> list) => list as T[] ?? [.. list];
}
