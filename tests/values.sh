# What words come to, as bash itself says: each case is run by bash and read by agentsh, and the arguments of `ttt` must
# be the same. The cases stand between lines of `#--`; behind `#== unknown` are those of which agentsh does not know all.
x=abc; ttt "${x:1}" "${x: -1}" "${x:0:1}" "${x:1:-1}" ${#x}
#--
x=/a/b/c.tar.gz; ttt ${x##*/} ${x%/*} ${x%%.*} ${x#*/} "${x%.gz}"
#--
x=hello; ttt ${x/l/L} ${x//l/L} ${x/#h/J} ${x/%o/0} ${x/l} ${x//l}
#--
x=hello; ttt ${x^} ${x^^} ${x^^[el]} ${x^[h]} "${x~}" "${x~~}"
#--
x=HELLO; ttt ${x,} ${x,,} ${x,,[EL]}
#--
ttt ${U:-d} ${U-d} "${EMPTY:-d}" "${EMPTY-d}" ${U+x} "${EMPTY+x}" "${EMPTY:+x}"
#--
ttt ${U:=d} $U; ttt "$U"
#--
a=(x 'y z' w); ttt "${a[@]}" "${#a[@]}" "${a[1]}" "${a[-1]}" "${!a[@]}"
#--
a=(x 'y z' w); ttt "${a[@]:1}" ; ttt "${a[@]:0:2}"; ttt "${a[@]: -1}"; ttt "${a[*]:1:1}"
#--
a=(a.c b.c); ttt "${a[@]%.c}" "${a[@]/%.c/.o}" "${a[@]^^}" "${#a[0]}"
#--
a=(x y); a+=(z); a[5]=q; unset 'a[0]'; ttt "${a[@]}" "${!a[@]}" "${#a[@]}"
#--
declare -A m=([k]=v [k2]='v 2'); ttt "${m[k]}" "${m[k2]}" "${#m[@]}"
#--
declare -A m; m[a]=1; m[b]=2; m[a]+=x; ttt "${m[a]}" "${m[b]}" "${m[none]-no}"
#--
declare -A m=(a 1 b 2); ttt "${m[a]}" "${m[b]}"
#--
set -- one 'two three' four; ttt "$@"; ttt $*; ttt "$*"; ttt $# "$2" "${@:2}" ; ttt "${@:2:1}"; ttt "${*:1:2}"
#--
set -- a b c; shift; ttt "$@" $1; shift 2; ttt $#
#--
f() { ttt "$1" "$@"; local v=in; ttt $v; }; v=out; f p q; ttt $v
#--
f() { shift; ttt "$@"; }; f 1 2 3; ttt "$#"
#--
x=ref; ref=val; ttt ${!x}; declare -n n=ref; ttt $n; n=new; ttt $ref
#--
for i in 1 2 3; do ttt $i; done; ttt $i
#--
for i in {1..3} {a,b}x; do ttt $i; done
#--
i=0; while [ $i -lt 3 ]; do ttt $i; i=$((i+1)); done
#--
i=0; while ((i<3)); do ttt $i; ((i++)); done; ttt end$i
#--
i=5; until [ $i -eq 3 ]; do ttt $i; ((i--)); done
#--
for ((i=0;i<3;i++)); do ttt $i; done
#--
IFS=:; x=a:b:c; ttt $x; set -- $x; ttt "$2" "$*"
#--
IFS=,; a=(x y z); ttt "${a[*]}"
#--
IFS=,; x='a,b c,,d'; ttt $x
#--
IFS=' ,'; x=' a , b,c '; ttt $x
#--
x='a b  c'; ttt $x; ttt "$x"; ttt pre$x; ttt ${x}post
#--
x=' lead trail '; ttt $x; ttt a${x}b
#--
IFS=; x='a b'; ttt $x
#--
read a b <<< 'one two three'; ttt "$a" "$b"
#--
IFS=: read -r a b c <<< 'x:y:z:w'; ttt "$a" "$b" "$c"
#--
read -ra arr <<< 'p q r'; ttt "${arr[@]}" ${#arr[@]}
#--
read -r -a arr <<< 'p q r'; ttt "${arr[1]}"
#--
IFS=, read -ra arr <<< 'p,q,r'; ttt "${arr[@]}"
#--
mapfile -t L < list; ttt "${L[@]}" "${#L[@]}"
#--
mapfile -t L <<< $'a\nb c'; ttt "${L[@]}"
#--
readarray -t L < <(printf '%s\n' x y); ttt "${L[@]}"
#--
while read -r l; do ttt "$l"; done < list
#--
while IFS= read -r l; do ttt "$l"; done <<< $' a \nb'
#--
while IFS='=' read -r k v; do ttt "$k" "$v"; done <<< $'a=1\nb=2=3'
#--
read -d '' x <<< 'abc'; ttt "$x"
#--
read -n 2 x <<< 'abc'; ttt "$x"
#--
read -p 'p' x <<< 'v'; ttt $x
#--
read x < list; ttt "$x"; read y < list; ttt "$y"
#--
{ read x; read y; } < list; ttt "$x" "$y"
#--
ttt $(echo a b) "$(echo a b)" `echo c`
#--
ttt $(printf '%s-%s ' a b c d)
#--
ttt $(pwd) "$PWD" $(cd sub && pwd) 
#--
ttt $(cat list) "$(<list)" $(head -1 list) $(tail -n 1 list) $(head -n2 list) $(tail -n +2 list)
#--
ttt $((1+2*3)) $((2**8)) $((x=5)) $x $((x++)) $x $((10/3)) $((7%3)) $((1<2?10:20)) $((0x1f)) $((2#101)) $((017))
#--
a=(5 6); ttt $((a[1]+1)) $(( ${a[0]} * 2 )); ((a[0]++)); ttt ${a[0]}; i=1; ttt ${a[i]} ${a[$i]} ${a[i-1]}
#--
let x=3+4 y=x*2; ttt $x $y
#--
declare -i n=3+4; ttt $n; n+=1; ttt $n; n='2*3'; ttt $n
#--
ttt *.o; ttt *.zzz; ttt .h*; ttt "*.o" '*'.o; ttt s*/*.c; ttt [ab].o; ttt ?.o
#--
shopt -s nullglob; ttt *.zzz; ttt *.o
#--
shopt -s dotglob; ttt *h*
#--
shopt -s globstar; ttt **/*.c
#--
shopt -s nocaseglob; ttt A.O*; ttt *.O
#--
set -f; ttt *.o; set +f; ttt *.o
#--
set -o noglob; ttt *.o
#--
case abc in a*) ttt yes;; *) ttt no;; esac
#--
shopt -s nocasematch; case ABC in abc) ttt y;; *) ttt n;; esac; [[ ABC == abc ]] && ttt y2
#--
x=1; [ $x -eq 1 ] && ttt one; [ $x -gt 1 ] || ttt notgt; [[ $x -lt 5 ]] && ttt lt
#--
x=a; f() { x=b; }; f; ttt $x; (x=c); ttt $x; { x=d; }; ttt $x
#--
x=a; x=b ttt $x; ttt $x
#--
f() { local a=1 b=$1; ttt $a $b; g; }; g() { ttt $b; }; f q; ttt "${b-unset}"
#--
printf -v x '%s/%s' a b; ttt $x; printf -v x '%03d' 7; ttt $x; printf -v 'arr[2]' z; ttt "${arr[2]}"
#--
printf -v x '%q' 'a b'; ttt $x
#--
ttt {a,b}{1,2} x{,y} {3..1} {a..e..2} {01..03} '{a,b}' {a} a{b,c
#--
ttt $'a\tb\n' $'\x41' $'\101' $"loc"
#--
ttt a"b c"'d e'\ f "\$x" '\n' "a\
b" a\
b
#--
ttt "${LIST}" $LIST "${LIST/ /_}" ${#LIST}
#--
x=; ttt a "$x" b; ttt a $x b; ttt "" ''
#--
ttt "$@"; ttt "$*"; ttt "a$@b"
#--
set -- ; ttt "$@" x; ttt "pre$@" ; set -- 1 2; ttt "pre$@post" 
#--
set -- -a -b val rest; while getopts ab: o; do ttt $o "$OPTARG"; done; shift $((OPTIND-1)); ttt "$@"
#--
unset x; x+=a; x+=b; ttt $x
#--
x=(1 2 3); y=("${x[@]}"); ttt "${y[@]}"; z=(${x[@]/2/9}); ttt ${z[*]}
#--
eval 'x=5; ttt $x'; ttt $x; eval "y=\$x"; ttt $y
#--
source /dev/stdin <<< 'q=7'; ttt $q
#--
. <(echo r=8); ttt $r
#--
f() { echo "out $1"; }; ttt "$(f 3)"
#--
x=$(for i in 1 2; do echo $i; done); ttt $x
#--
x=$(cat <<E
body $LIST
E
); ttt "$x"
#--
cat <<'E' > /dev/null
no
E
ttt "$(cat <<'E'
$lit
E
)"
#--
ttt "${x:=$(echo def)}" $x
#--
x='*'; ttt $x; ttt "$x"; y=*.o; ttt $y; ttt "$y"
#--
x='a*b'; ttt "${x//\*/S}" "${x/'*'/S}"
#--
x=aXbXc; ttt "${x%X*}" "${x%%X*}" "${x#*X}" "${x##*X}" "${x//X/ }" 
#--
n=3; ttt $(seq $n) $(seq 1 $n); for i in $(seq 1 $n); do ttt $i; done
#--
trap 'ttt bye' EXIT; ttt hi
#--
select_() { ttt s; }; select_
#--
a=([3]=x [1]=y z); ttt "${!a[@]}" "${a[@]}"
#--
local_() { local -n r=$1; r=set; }; v=0; local_ v; ttt $v
#--
f() { local IFS=,; ttt $1; }; f a,b; x=a,b; ttt $x
#--
x=a; case $x in a) y=1;& b) z=2;; esac; ttt $y $z
#--
case x in [a-z]) ttt l;;& x) ttt x;;  *) ttt d;; esac
#--
true && x=1 || x=2; ttt $x; false && y=1 || y=2; ttt $y
#--
if false; then x=1; else x=2; fi; ttt $x
#--
x=${PWD##*/}; ttt $x; ttt "${PWD%/*}"
#--
x=foo.tar; ttt "${x%.*}_${x##*.}"
#--
ttt "$(echo "$(echo nested)")"
#--
ttt "$(printf '%s' "${LIST%% *}")"
#--
x=$'a\nb'; for i in $x; do ttt $i; done; while read l; do ttt "$l"; done <<< "$x"
#--
x="a;b"; IFS=';' read -r p q <<< "$x"; ttt $p $q; ttt "$IFS"
#--
arr=(); ttt "${arr[@]}" ${#arr[@]} "${arr[@]:-none}"
#--
arr=(a b c); for i in "${!arr[@]}"; do ttt $i "${arr[$i]}"; done
#--
arr=(a b c); unset 'arr[1]'; ttt "${arr[@]}"; arr=("${arr[@]}"); ttt "${!arr[@]}"
#--
s=abcdef; for ((i=0;i<${#s};i+=2)); do ttt "${s:i:2}"; done
#--
ttt ${x:-"a b"} ${x:-a b} "${x:-a b}" ${x:-'q r'} "${x:-'q r'}"
#--
ttt ${x:-*.o} "${x:-*.o}"
#--
ttt "${x:-${y:-deep}}"
#--
x=1; x=2; unset x; ttt "${x-gone}"
#--
declare -u U2=abc; declare -l l2=ABC; ttt $U2 $l2
#--
ttt "$(echo a; echo b)" $(echo -n x) $(echo -e 'a\tb')
#--
x=3; ttt $[x+1]
#--
ttt `echo \`echo n\``
#--
ttt "`echo "q"`"
#--
a=1 b=2; ttt $a$b "${a}${b}" $a_b
#--
HOME=/x; ttt ~; ttt ~/y
#--
cd sub; ttt *.c $OLDPWD ~-; cd -; ttt *.o; pushd sub >/dev/null; ttt *.c; popd >/dev/null; ttt $PWD
#--
x=a.b.c; IFS=.; set -- $x; ttt $1 $3; unset IFS; ttt a.b
#--
v=LIST; ttt "${!v}" "${!v:0:1}" "${!v% *}"
#--
ttt "$(env echo hi)" "$(command echo hi)" "$(builtin echo hi)" "$(\echo hi)"
#--
ttt "$(true)" "$(false || echo f)"
#--
for f in *.o; do ttt "${f%.o}.c"; done
#--
ttt $(( 5 > 3 && 2 < 1 )) $(( !0 )) $(( ~0 )) $(( -5 / 2 )) $(( 1 , 2 ))
#--
x=08; ttt $((10#$x + 1))
#--
read -r first _ <<< "$(echo alpha beta)"; ttt $first
#--
IFS=$'\n'; for l in $(cat list); do ttt "$l"; done
#--
IFS=$'\n' read -r -d '' -a L < <(cat list; printf '\0'); ttt "${L[@]}"
#--
set -- "$@" --flag; set -- "$@" more; ttt "$@"
#--
args=(-r -f); [ -n "$LIST" ] && args+=(--list "$LIST"); ttt "${args[@]}"
#--
opt=; ttt ${opt:+--opt "$opt"} end; opt='a b'; ttt ${opt:+--opt "$opt"} end
#--
ttt "${x@Q}"; x=; ttt "${x@Q}"
#--
x=a:~/b; ttt $x; y=~/c:~/d; ttt "$y"
#--
ttt of=~/x k=a:~ --p=~/x "q=~"
#--
shopt -s extglob
ttt !(*.o|list|sub|sp*); ttt @(a|b).o
#--
for x in a b; do for y in 1 2; do ttt $x$y; done; done
#--
n=0; while read -r l; do n=$((n+1)); done < list; ttt $n
#--
export -f 2>/dev/null; f() { ttt in; }; export -f f; f
#== unknown
x='a b'; ttt "${x@Q}" "${x@U}" "${x@u}" "${x@L}" "${x@A}" "${x@a}" "${x@E}"
#--
exec 3< list; read -u 3 x; ttt "$x"
#--
ttt $(basename /x/y.txt .txt) $(dirname /x/y.txt) $(basename -s .c a.c) $(basename -a a/b c/d)
#--
ttt $(realpath sub/../list) $(readlink -f list) $(realpath --relative-to=sub list)
#--
ttt $(seq 3) $(seq 2 4) $(seq 1 2 5) $(seq -s, 3) $(seq -w 8 10)
#--
ttt $(cut -d' ' -f1 list) $(sort -r list) $(wc -l < list) $(tr a-z A-Z < list) $(grep l2 list)
#--
x=abc; y=b; ttt ${x#*$y} ${x%%$y*} "${x/$y/&&}" "${x/"$y"/q}"
#--
x=$((RANDOM%1+5)); ttt $x
#--
declare -a b='(1 2)'; ttt "${b[@]}"
#--
! true; ttt $?; false; ttt $?; true; ttt $?
#--
f() { return 3; }; f; ttt $?
#--
ttt $(expr 1 + 2) $(expr length abc)
#--
ttt $(printf '%d %5s|%-5s|%05.2f' 3 a b 3.14159)
#--
x=$'a b\tc'; ttt ${x@Q}
