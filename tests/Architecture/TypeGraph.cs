using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace CxrOnnx.Architecture.Tests;

/// <summary>
/// Which type of an assembly uses which other type of the same assembly: base types, interfaces, fields, signatures, local variables and
/// method bodies. Nested and compiler-made types count as their outermost type. Custom attributes are left out, and so is what leaves no
/// trace in the assembly: constants and <c>nameof</c>.
/// </summary>
internal sealed class TypeGraph
{
    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoBytes = new OpCode[256];

    private readonly MetadataReader _reader;
    private readonly PEReader _file;
    private readonly HashSet<(string From, string To)> _edges = [];

    static TypeGraph()
    {
        foreach (System.Reflection.FieldInfo field in typeof(OpCodes).GetFields())
        {
            OpCode code = (OpCode)field.GetValue(null)!;
            ushort value = (ushort)code.Value;
            (code.Size == 1 ? OneByte : TwoBytes)[value & 0xFF] = code;
        }
    }

    private TypeGraph(PEReader file)
    {
        _file = file;
        _reader = file.GetMetadataReader();
    }

    /// <summary>All uses between two outermost types, by full name.</summary>
    public static IReadOnlyCollection<(string From, string To)> Of(string assembly)
    {
        using PEReader file = new(File.OpenRead(assembly));
        TypeGraph graph = new(file);
        foreach (TypeDefinitionHandle handle in graph._reader.TypeDefinitions)
        {
            graph.AddType(handle);
        }

        return graph._edges;
    }

    private void AddType(TypeDefinitionHandle handle)
    {
        string from = NameOf(handle);
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        Add(from, type.BaseType);
        AddParameters(from, type.GetGenericParameters());
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            Add(from, _reader.GetInterfaceImplementation(implementation).Interface);
        }

        Signatures signatures = new(this, from);
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            _reader.GetFieldDefinition(field).DecodeSignature(signatures, null);
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            AddMethod(from, _reader.GetMethodDefinition(method), signatures);
        }
    }

    private void AddMethod(string from, MethodDefinition method, Signatures signatures)
    {
        method.DecodeSignature(signatures, null);
        AddParameters(from, method.GetGenericParameters());
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(signatures, null);
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            Add(from, region.CatchType);
        }

        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            byte first = code.ReadByte();
            OpCode operation = first == 0xFE ? TwoBytes[code.ReadByte()] : OneByte[first];
            switch (operation.OperandType)
            {
                case OperandType.InlineField
                or OperandType.InlineMethod
                or OperandType.InlineTok
                or OperandType.InlineType
                or OperandType.InlineSig:
                    Add(from, MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }
    }

    private void AddParameters(string from, GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in _reader.GetGenericParameter(parameter).GetConstraints())
            {
                Add(from, _reader.GetGenericParameterConstraint(constraint).Type);
            }
        }
    }

    private void Add(string from, EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        Signatures signatures = new(this, from);
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                string to = NameOf((TypeDefinitionHandle)handle);
                if (to != from)
                {
                    _edges.Add((from, to));
                }

                break;
            case HandleKind.TypeSpecification:
                _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(signatures, null);
                break;
            case HandleKind.MethodDefinition:
                MethodDefinition method = _reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                Add(from, method.GetDeclaringType());
                method.DecodeSignature(signatures, null);
                break;
            case HandleKind.FieldDefinition:
                FieldDefinition field = _reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                Add(from, field.GetDeclaringType());
                field.DecodeSignature(signatures, null);
                break;
            case HandleKind.MemberReference:
                MemberReference member = _reader.GetMemberReference((MemberReferenceHandle)handle);
                Add(from, member.Parent);
                if (member.GetKind() == MemberReferenceKind.Field)
                {
                    member.DecodeFieldSignature(signatures, null);
                }
                else
                {
                    member.DecodeMethodSignature(signatures, null);
                }

                break;
            case HandleKind.MethodSpecification:
                MethodSpecification specification = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(from, specification.Method);
                specification.DecodeSignature(signatures, null);
                break;
            case HandleKind.StandaloneSignature:
                _reader.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(signatures, null);
                break;
            default:
                break; // a type of another assembly
        }
    }

    private string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _reader.GetTypeDefinition(type.GetDeclaringType());
        }

        string space = _reader.GetString(type.Namespace);
        string name = _reader.GetString(type.Name);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    // Only visits: the decoded values themselves are of no interest.
    private sealed class Signatures(TypeGraph graph, string from) : ISignatureTypeProvider<int, object?>
    {
        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            graph.Add(from, handle);
            return 0;
        }

        public int GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            graph.Add(from, handle);
            return 0;
        }

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => 0;

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        public int GetSZArrayType(int elementType) => 0;
    }
}
