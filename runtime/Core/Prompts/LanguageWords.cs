namespace CxrOnnx.Core.Prompts;

/// <summary>Words that tell languages apart, in lower case and without marks on letters.</summary>
/// <remarks>Words that English shares are left out, also where they only look alike: "no", "in", "die", "non", "de".</remarks>
internal static class LanguageWords
{
    /// <summary>Words of English reports that the other languages do not have.</summary>
    public static HashSet<string> English { get; } =
        Words(
            "the and of are with without there to for which has have were been this that from not may be seen is by again its than "
                + "into over within left right lower upper middle mid small mild moderate clear lung lungs heart chest effusion effusions "
                + "opacity opacities unchanged enlarged enlargement size increased decreased new evidence airspace tube line unremarkable "
                + "limits findings comparison history view views blunting loss collapse infiltrate infiltrates consolidations likely "
                + "worsening improved improving resolved persistent cardiomegaly clinical exam reason acute process disease vascular "
                + "congestion change patient bones intact both basilar bibasilar patchy hazy tiny layering tip above carina neg negative "
                + "wnl upright supine frontal since prior previous study compared however but less more greater perihilar contours widened "
                + "fracture fractures none appears remain remains show shows demonstrates demonstrated noted identified suggest suggests "
                + "could represent represents consistent elevated diaphragm mediastinal cardiac atelectasis atelectatic consolidative rule "
                + "out evaluate year old man woman male female cough fever shortness breath"
        );

    /// <summary>Other languages, the commoner ones first.</summary>
    public static IReadOnlyList<(string Language, HashSet<string> Words)> Others { get; } =
    [
        (
            "German",
            Words(
                "das und kein keine keinen keiner nicht ist sind mit ohne links rechts beidseits beidseitig beidseitige linksseitig "
                    + "linksseitiger linksseitige rechtsseitig rechtsseitiger rechtsseitige pleuraerguss pleuraerguesse pleuraergusse "
                    + "erguss ergusse herz herzgrosse lunge lungen verschattung verschattungen stauung vom zum zur bei befund beurteilung "
                    + "unterlappen oberlappen mittellappen kardiomegalie dystelektase dystelektasen atelektase atelektasen nachweis "
                    + "hinweis hinweise auf vergrossert verbreitert unauffallig kleiner kleine kleines grosser geringer geringe geringes "
                    + "zeichen infiltrat pneumonie pneumonisch winkelerguss randwinkel der den dem des eine einen einer noch wie auch "
                    + "regelrecht lungenodem odem"
            )
        ),
        (
            "Spanish",
            Words(
                "sin con derrame neumotorax izquierdo izquierda derecho derecha pulmonar pulmonares cardiomegalia atelectasia "
                    + "atelectasias consolidacion neumonia hallazgos impresion radiografia torax los las del una hay lado silueta cardiaca "
                    + "tamano evidencia observa observan aprecia signos aumento aumentada lobulo opacidad opacidades infiltrado "
                    + "infiltrados senos costofrenicos leve leves pequeno pequena campos pulmones por para previo indice cardiotoracico "
                    + "basales pleurales cambios elongacion pinzamiento seno costofrenico"
            )
        ),
        (
            "French",
            Words(
                "pas sans avec epanchement epanchements gauche droit droite des les une poumon poumons pulmonaire pulmonaires "
                    + "cardiomegalie opacite opacites foyer coeur cardiaque pneumopathie pneumonie atelectasie atelectasies oedeme "
                    + "inferieur inferieure superieur superieure dans sur pour aucun aucune petit petite minime radiographie thoracique "
                    + "anomalie pleurale du cul culs normale ni"
            )
        ),
        (
            "Portuguese",
            Words(
                "sem nao ha derrame pneumotorax esquerdo esquerda direito direita pulmonar pulmonares cardiomegalia atelectasia "
                    + "atelectasias consolidacao opacidade opacidades coracao com uma dos das aumentada aumento torax sinais achados "
                    + "impressao pequeno pequena pulmoes evidencias radiografia lobo discreto discreta seios costofrenicos livres "
                    + "transparencia"
            )
        ),
        (
            "Italian",
            Words(
                "senza versamento versamenti pneumotorace sinistro sinistra destro destra cardiomegalia atelettasia addensamento "
                    + "addensamenti consolidamento polmone polmoni polmonare polmonari cuore del della delle dei degli nel nella alla "
                    + "lieve piccolo opacita cardiaca torace pleurico pleurica segni ingrandita ingrandimento lobo inferiore superiore "
                    + "regione immagine focolaio focolai con bilaterale campo seni sono"
            )
        ),
        (
            "Dutch",
            Words(
                "geen het een zonder links rechts van pleuravocht longen linker rechter infiltraat infiltraten consolidatie "
                    + "consolidaties aanwijzingen voor bij niet vergroot kleine onderkwab bovenkwab cardiomegalie atelectase pleurale "
                    + "hartgrootte longoedeem aan ook wel zijn onderveld hartfiguur normaal slank tekenen"
            )
        ),
        (
            "a Scandinavian language",
            Words(
                "ingen inga inget intet och og ikke inte ej hoger hogersidig venster vanster vanstersidig venstre hojre hoyre hjerte "
                    + "hjertet hjarta hjartat lunger lungor lungene lungerne pleuravatska pleuravaeske pleuravaske pleuraveske med utan "
                    + "uden uten forstorat forstorret forstorrelse infiltrat stas pneumoni ekssudat fortaetning fortatning liten lille "
                    + "sida til tegn"
            )
        ),
        (
            "Polish",
            Words(
                "bez nie plyn plynu oplucnej odma odmy lewej prawej lewy prawy lewego prawego serce pluca plucna plucne plucach "
                    + "powiekszone zmian zmiany oraz jest niedodma zageszczenia jamie jamach sylwetka serca"
            )
        ),
        ("Czech or Slovak", Words("bez vlevo vpravo srdce plic plice vypotek fluidothorax nejsou neni srdecni zastineni pluca loziska")),
        (
            "Turkish",
            Words(
                "yok sag akciger akcigerde akcigerler plevral efuzyon kalp izlenmedi saptanmadi pnomotoraks kardiyomegali "
                    + "konsolidasyon boyutu normaldir izlenmektedir bazalde tarafta"
            )
        ),
        ("Romanian", Words("fara cu stang stanga dreapta drept plamani plaman pneumotorax revarsat opacitate si")),
        ("Catalan", Words("amb vessament esquerre esquerra dret dreta pulmonars pneumotorax cardiomegalia")),
        (
            "Finnish",
            Words("ei oikealla vasemmalla sydan keuhkot keuhkoissa pleuranestetta ilmarinta ja infiltraatti infiltraatteja suurentunut")
        ),
        ("Hungarian", Words("nincs bal jobb sziv tudo mellkasi folyadek oldali es mellkas tudoben legmell nem")),
        ("Indonesian or Malay", Words("tidak tampak paru kanan kiri jantung dan efusi kesan kedua pada membesar infiltrat pneumotoraks")),
        ("Vietnamese", Words("khong phoi dich phai trai mang duong")),
    ];

    /// <summary>Every word of <see cref="Others"/>.</summary>
    public static HashSet<string> Known { get; } = [.. Others.SelectMany(language => language.Words)];

    private static HashSet<string> Words(string words) => [.. words.Split(' ')];
}
